using System.Security.Cryptography;
using MediaNommer.Core.Settings;
using MediaNommer.Core.Storage;
using Microsoft.AspNetCore.Http;
using Shouldly;
using Xunit;

namespace MediaNommer.Backends.Tests.Storage;

/// <summary>A web Server that can be spoiled in every way, and a storage that talks to it.</summary>
public abstract class HttpTroubleRig : IAsyncLifetime
{
    protected const int Size = 2_000_000;
    protected static readonly OutputTag Tag = new("job", 1);

    private readonly string work = Directory.CreateTempSubdirectory("nommer-http-").FullName;

    protected HttpTroubleRig() => Storage = new HttpStorage(Options, new HastyClock());

    protected StorageOptions Options { get; } = new() { TransferTimeout = 20, TransferRetries = 3 };

    protected HttpStorage Storage { get; }

    private protected TroubledServer Server { get; private set; } = null!;

    private string Target => Path.Combine(work, "source");

    public async Task InitializeAsync()
    {
        Server = await TroubledServer.StartAsync();
        Server.Content = RandomNumberGenerator.GetBytes(Size);
    }

    public async Task DisposeAsync()
    {
        Storage.Dispose();
        await Server.DisposeAsync();
        Directory.Delete(work, recursive: true);
    }

    protected async Task FetchAsync(string login = "http://")
    {
        var progress = new Arrivals(Server);
        await Storage.FetchAsync(
            Server.Address.Replace("http://", login, StringComparison.Ordinal), Target, progress, default);
        (await File.ReadAllBytesAsync(Target)).AsSpan().SequenceEqual(Server.Content).ShouldBeTrue();
    }

    protected async Task<MediaStorageException> FailAsync(string login = "http://", string query = "")
    {
        var address = Server.Address.Replace("http://", login, StringComparison.Ordinal) + query;
        var error = await Should.ThrowAsync<MediaStorageException>(
            () => Storage.FetchAsync(address, Target, new Arrivals(Server), default));
        File.Exists(Target).ShouldBeFalse();
        return error;
    }

    /// <summary>Stages and promotes an output; returns its bytes.</summary>
    protected async Task<byte[]> PutAsync(Func<CancellationToken, Task>? confirm = null)
    {
        var path = Path.Combine(work, "output");
        await File.WriteAllBytesAsync(path, Server.Content);
        await using var staged = await Storage.StageAsync(path, Server.Address, Tag, null, default);
        await staged.PromoteAsync(confirm ?? (_ => Task.CompletedTask), default);
        return Server.Content;
    }

    protected void AnswerWith(int status) => Server.Trouble = context =>
    {
        context.Response.StatusCode = status;
        return Task.FromResult(true);
    };

    protected void AnswerAfterTheFirstWith(int status) => Server.Trouble = context =>
    {
        if (Server.Requests.Count == 1)
            return Task.FromResult(false);
        context.Response.StatusCode = status;
        return Task.FromResult(true);
    };

    private protected static void Redirect(TroubledServer from, Func<HttpContext, string> to, int status = 302) =>
        from.Trouble = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = to(context);
            return Task.FromResult(true);
        };

    private sealed class Arrivals : IProgress<TransferProgress>
    {
        private readonly TroubledServer server;

        public Arrivals(TroubledServer server)
        {
            this.server = server;
            server.Arrived = 0;
        }

        public void Report(TransferProgress value) => server.Arrived = value.Bytes;
    }
}
