namespace MediaNommer.Core.Settings;

/// <summary>What docs/configuration.md says beside the tables.</summary>
internal static class SettingsPage
{
    public const string Introduction = """
        # Configuration

        <!-- Written by SettingsReference.ToMarkdown(); a test fails when the two differ. Run it with
             NOMMER_UPDATE_DOCS=1 in the environment to write this page anew. -->

        Everything has a default; nothing needs to be configured. Settings come from three places, each over the one before:

        1. `nommer.json` in the current folder, or else in the data folder (or the file named with `-c`),
        2. the environment: `NOMMER__FEEDERD__PORT=8002`, two underscores for each level, upper or lower case,
        3. the command line.

        ```json
        {
          "Feederd": { "Port": 8002, "ApiKeys": ["a long random word"] },
          "Scaling": { "MaxNumEc2Instances": 2 }
        }
        ```

        A list from a later place takes the place of the whole list before it. In the environment a list can be written
        with commas (`NOMMER__FEEDERD__APIKEYS=one,two`) or entry by entry (`NOMMER__FEEDERD__APIKEYS__0=one`). The file may
        hold comments and commas behind last entries. An unknown key, a value that is not allowed, or two values that do not
        go together stop the start with a message for each.

        """;

    public const string Presets = """"

        ## Presets

        Presets of your own go into `nommer.json` under `Presets`, by name; one with the name of a built-in preset takes its
        place. Options are ffmpeg's, without the dash: `"name=value"`, or `"name"` for one that stands alone. Options that
        would read or write other files are refused at the start, as they are in jobs. Two passes get `pass=1` and `pass=2`
        by themselves. They are run as written: what the built-in presets decide by looking at the source
        ([presets](presets.md)) is left to their options.

        | key | default | meaning |
        |---|---|---|
        | `Presets:NAME:Description` | empty | What it is for, in a sentence. |
        | `Presets:NAME:Nommer` | `ffmpeg` | The nommer that runs it. |
        | `Presets:NAME:Extension` | `mp4` | The file ending that its outputs should have, without the dot. |
        | `Presets:NAME:Options` | none | One or two passes. |
        | `Presets:NAME:Options:N:InfileOptions` | none | Options before the input. |
        | `Presets:NAME:Options:N:OutfileOptions` | none | Options before the output. |
        | `Presets:NAME:Options:N:MoveAtomToFront` | `false` | Put the index of an MP4 or MOV before its data, so that it plays while it loads. |

        ```json
        {
          "Presets": {
            "square_teaser": {
              "Description": "Ten seconds, square, without sound.",
              "Extension": "mp4",
              "Options": [
                {
                  "InfileOptions": ["t=10"],
                  "OutfileOptions": [
                    "map=0:V:0", "an", "c:v=libx264", "crf=23", "pix_fmt=yuv420p",
                    "vf=crop='min(iw,ih)':'min(iw,ih)',scale=720:720"
                  ],
                  "MoveAtomToFront": true
                }
              ]
            }
          }
        }
        ```

        """";
}
