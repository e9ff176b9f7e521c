using Amazon.Runtime;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>
/// Connections for an SDK that reads the bodies of answers without looking at the clock: each answer is taken in whole
/// before it is handed on, and all of it within a time, however slowly it trickles in.
/// </summary>
internal sealed class WholeAnswers(TimeSpan limit) : HttpClientFactory
{
    // DynamoDB answers with 1 MB at most, and 16 MB for a batch.
    private const int LargestAnswer = 32 << 20;

    /// <inheritdoc/>
    public override HttpClient CreateHttpClient(IClientConfig clientConfig)
    {
        var sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        return new HttpClient(new Handler(limit, sockets)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private sealed class Handler(TimeSpan limit, HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            either.CancelAfter(limit);
            var response = await base.SendAsync(request, either.Token);
            await response.Content.LoadIntoBufferAsync(LargestAnswer, either.Token);
            return response;
        }
    }
}
