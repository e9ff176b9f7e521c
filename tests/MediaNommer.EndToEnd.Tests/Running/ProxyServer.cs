using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MediaNommer.EndToEnd.Tests.Running;

/// <summary>nginx or Caddy on the loopback, with a configuration of docs/proxy.md and a certificate of its own.</summary>
internal sealed class ProxyServer : IAsyncDisposable
{
    public const string Host = "media.example.com";

    private readonly string folder = Directory.CreateTempSubdirectory("nommer-proxy-").FullName;
    private readonly StringBuilder printed = new();
    private Process process = null!;

    private ProxyServer()
    {
    }

    public int Port { get; } = FreePort.Next();

    /// <summary>Where a browser opens it.</summary>
    public Uri Address => new($"https://{Host}:{Port}/");

    /// <param name="kind"><c>nginx</c> or <c>caddy</c>, as the blocks of the page are marked.</param>
    /// <param name="config">The block.</param>
    /// <param name="feederd">The port that feederd listens on.</param>
    public static async Task<ProxyServer> StartAsync(string kind, string config, int feederd)
    {
        var server = new ProxyServer();
        server.WriteCertificate();
        config = config.Replace("127.0.0.1:8001", $"127.0.0.1:{feederd}", StringComparison.Ordinal);
        server.process = kind == "nginx" ? server.StartNginx(config) : server.StartCaddy(config);
        server.process.OutputDataReceived += (_, line) => server.Collect(line.Data);
        server.process.ErrorDataReceived += (_, line) => server.Collect(line.Data);
        server.process.BeginOutputReadLine();
        server.process.BeginErrorReadLine();
        using var http = server.NewClient();
        await Until.AsyncIs($"{kind} answers", () => server.AnswersAsync(http), answers => answers);
        return server;
    }

    /// <summary>A client that finds the proxy under its name, and believes its certificate.</summary>
    public HttpClient NewClient() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, Port, cancellation);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        AllowAutoRedirect = false,
    })
    {
        BaseAddress = Address,
    };

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private Process StartNginx(string server)
    {
        server = server
            .Replace("listen 443 ssl;", $"listen 127.0.0.1:{Port} ssl;", StringComparison.Ordinal)
            .Replace("/etc/ssl/", folder + "/", StringComparison.Ordinal);
        var user = Environment.UserName == "root" ? "user root;" : "";
        var paths = string.Concat(new[] { "client_body", "proxy", "fastcgi", "uwsgi", "scgi" }
            .Select(kind => $"{kind}_temp_path {folder}/{kind};\n"));
        var path = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(
            path, $"{user}\ndaemon off;\npid {folder}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{server}\n}}\n");
        return Start("/usr/sbin/nginx", ["-c", path, "-p", folder, "-e", "stderr"]);
    }

    private Process StartCaddy(string site)
    {
        var opening = $"{Host} {{\n";
        site = site.Replace(
            opening, $"https://{Host}:{Port} {{\nbind 127.0.0.1\ntls {folder}/{Host}.pem {folder}/{Host}.key\n", StringComparison.Ordinal);
        var path = Path.Combine(folder, "Caddyfile");
        File.WriteAllText(path, $"{{\nadmin off\nauto_https disable_redirects\n}}\n{site}");
        return Start("caddy", ["run", "--config", path, "--adapter", "caddyfile"]);
    }

    private Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // Caddy keeps things in the user's home.
        start.Environment["HOME"] = start.Environment["XDG_DATA_HOME"] = start.Environment["XDG_CONFIG_HOME"] = folder;
        return Process.Start(start)!;
    }

    private async Task<bool> AnswersAsync(HttpClient http)
    {
        if (process.HasExited)
            throw new InvalidOperationException($"The proxy ended at once: {printed}");
        try
        {
            using var answer = await http.GetAsync("/no/such/path");
            return true;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Collect(string? line)
    {
        lock (printed)
            printed.AppendLine(line);
    }

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(folder, $"{Host}.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, $"{Host}.key"), key.ExportPkcs8PrivateKeyPem());
    }
}
