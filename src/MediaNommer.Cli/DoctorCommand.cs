using System.CommandLine;
using MediaNommer.Core.Settings;

namespace MediaNommer.Cli;

/// <summary><c>nommer doctor</c>: looks whether this machine can work, with a remedy for each failure.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var settings = new SettingsArguments();
        var json = Shared.Json();
        var command = new NommerCommand(
            "doctor", "Checks that this machine can run media-nommer; each failure comes with its remedy.",
            "nommer doctor", "nommer doctor --data /srv/nommer --port 8001", "nommer doctor --json");
        settings.AddTo(command);
        command.Options.Add(json);
        command.SetAction(async (parsed, cancellation) =>
        {
            var checks = await ExamineAsync(() => settings.Read(parsed), cancellation);
            var ok = checks.All(check => check.Ok);
            if (parsed.GetValue(json))
                Shared.WriteJson(new DoctorReport(ok, checks), CliJson.Default.DoctorReport);
            else
                checks.ToList().ForEach(check => CheckLine.Write(check, width: 12));
            return ok ? ExitCodes.Done : ExitCodes.Failed;
        });
        return command;
    }

    private static async Task<IReadOnlyList<DoctorCheck>> ExamineAsync(
        Func<NommerOptions> read, CancellationToken cancellation)
    {
        var found = new DoctorCheck("settings", true, "They are valid.");
        var settings = new NommerOptions();
        try
        {
            settings = read();
        }
        catch (SettingsException e)
        {
            // The rest is looked at with the defaults: one wrong setting must not hide another trouble.
            found = new DoctorCheck(
                "settings", false, string.Join(" ", e.Errors), "Mend them in nommer.json or the environment; see docs/configuration.md.");
        }

        return [found, .. await new Doctor(settings).RunAsync(cancellation)];
    }
}

/// <summary>What <c>nommer doctor --json</c> prints.</summary>
internal sealed record DoctorReport(bool Ok, IReadOnlyList<DoctorCheck> Checks);
