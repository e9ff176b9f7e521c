using System.Text;

namespace MediaNommer.Tests.Feederd;

/// <summary>Understands as much of curl and the shell as docs/api.md uses.</summary>
internal static class CurlCommand
{
    public static HttpRequestMessage Parse(string command, Func<string, string> variable)
    {
        var request = new HttpRequestMessage();
        var method = "";
        var words = Words(command, variable);
        for (var i = 1; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "-s" or "-sN":
                    break;
                case "-I":
                    method = "HEAD";
                    break;
                case "-r":
                    request.Headers.Add("Range", $"bytes={words[++i]}");
                    break;
                case "-X":
                    method = words[++i];
                    break;
                case "-H":
                    var header = words[++i].Split(": ", 2);
                    request.Headers.Add(header[0], header[1]);
                    break;
                case "-d":
                    request.Content = new StringContent(words[++i], Encoding.UTF8, "application/x-www-form-urlencoded");
                    break;
                case "--data-binary":
                    request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(words[++i]));
                    break;
                case "-F":
                    var field = words[++i].Split("=@");
                    request.Content = new MultipartFormDataContent
                    {
                        { new ByteArrayContent("x"u8.ToArray()), field[0], field[1] },
                    };
                    break;
                default:
                    request.RequestUri = new Uri(words[i], UriKind.Relative);
                    break;
            }
        }

        request.Method = new HttpMethod(method.Length > 0 ? method : request.Content is null ? "GET" : "POST");
        return request;
    }

    private static List<string> Words(string command, Func<string, string> variable)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        char quote = default;
        for (var i = 0; i < command.Length; i++)
        {
            var c = command[i];
            if (quote != default && c == quote)
                quote = default;
            else if (quote == default && c is '\'' or '"')
                quote = c;
            else if (c == '$' && quote != '\'')
                word.Append(Expand(command, ref i, variable));
            else if (quote == default && char.IsWhiteSpace(c))
                Flush();
            else
                word.Append(c);
        }

        Flush();
        return words;

        void Flush()
        {
            if (word.Length > 0)
                words.Add(word.ToString());
            word.Clear();
        }
    }

    private static string Expand(string command, ref int i, Func<string, string> variable)
    {
        var start = i + 1;
        while (i + 1 < command.Length && (char.IsAsciiLetterUpper(command[i + 1]) || command[i + 1] == '_'))
            i++;
        var name = command[start..(i + 1)];
        return name == "NOMMER_URL" ? "" : variable(name);
    }
}
