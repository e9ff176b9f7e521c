using Amazon;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using MediaNommer.Backends.Aws.Wire;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Settings;

namespace MediaNommer.Backends.Aws.DynamoDb;

/// <summary>
/// Calls DynamoDB: tries again what may pass, with growing random pauses, and turns every other failure into one that
/// says what to do. The SDK itself tries once more, for connections that went stale and clocks that differ.
/// </summary>
internal sealed class DynamoConnection(AwsAccess access, AwsDynamoDbOptions options, TimeProvider clock) : IDisposable
{
    private const int MaxTriesUnanswered = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // DynamoDB needs a while to spread a busy table over more partitions. Less than half of a usual lease.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly DynamoErrors errors = new(
        access.EndpointOf("dynamodb", options.EndpointUrl).Authority, access.Region, options.TableName);

    private static readonly TimeSpan TryTakes = TimeSpan.FromSeconds(10);

    // Made when it is first needed: finding keys may mean asking the machine for its role. What fails is tried again.
    private readonly Lazy<AmazonDynamoDBClient> client =
        new(() => Connect(access, options), LazyThreadSafetyMode.PublicationOnly);

    /// <summary>The table.</summary>
    public string Table => options.TableName;

    /// <summary>False for other servers that speak its protocol, not all of which know every part of it.</summary>
    public bool IsAmazon => access.Override(options.EndpointUrl) is null;

    /// <summary>Says what is wrong with the table.</summary>
    public DynamoErrors Errors => errors;

    /// <summary>Makes a call until there is an answer that will not change.</summary>
    /// <param name="action">What it does, as permissions name it, for example <c>GetItem</c>.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="AwsException">DynamoDB refused, or did not answer.</exception>
    /// <exception cref="ConditionalCheckFailedException">A condition was not met; this is for the caller.</exception>
    /// <exception cref="TransactionCanceledException">Likewise, of one of several writes.</exception>
    public async Task<T> CallAsync<T>(
        string action, Func<AmazonDynamoDBClient, Task<T>> call, CancellationToken cancellation)
    {
        var (began, unanswered) = (clock.GetTimestamp(), 0);
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await call(client.Value).WaitAsync(LimitOf(began), clock, cancellation);
            }
            catch (Exception e) when (!IsForCaller(e, cancellation))
            {
                var isWorthATry = clock.GetElapsedTime(began) < CallLimit.Within(Patience) && (DynamoErrors.IsUnanswered(e)
                    ? ++unanswered < MaxTriesUnanswered
                    : DynamoErrors.MayPass(e));
                if (!isWorthATry)
                    throw errors.Explain(e, action);
            }

            await PauseAsync(tries, cancellation);
        }
    }

    /// <summary>A random pause that grows with the number of tries, up to some seconds.</summary>
    public Task PauseAsync(int tries, CancellationToken cancellation)
    {
        var most = FirstPause * Math.Pow(2, Math.Min(tries - 1, 20));
        return Task.Delay(Random.Shared.NextDouble() * (most < LongestPause ? most : LongestPause), clock, cancellation);
    }

    public void Dispose()
    {
        if (client.IsValueCreated)
            client.Value.Dispose();
    }

    // The SDK has time-outs of its own; where somebody waits, they may be too long.
    private TimeSpan LimitOf(long began)
    {
        if (CallLimit.Current is not { } limit)
            return Timeout.InfiniteTimeSpan;
        var left = limit - clock.GetElapsedTime(began);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static bool IsForCaller(Exception e, CancellationToken cancellation) => e switch
    {
        AwsException or ConditionalCheckFailedException => true,
        TransactionCanceledException cancelled => DynamoErrors.RefusedIndexOf(cancelled) >= 0,
        OperationCanceledException => cancellation.IsCancellationRequested,
        _ => false,
    };

    private static AmazonDynamoDBClient Connect(AwsAccess access, AwsDynamoDbOptions options)
    {
        var config = new AmazonDynamoDBConfig
        {
            RetryMode = RequestRetryMode.Standard, MaxErrorRetry = 1, HttpClientFactory = new WholeAnswers(TryTakes),
        };
        if (access.Override(options.EndpointUrl) is { } address)
        {
            config.ServiceURL = address;
            config.AuthenticationRegion = access.Region;
        }
        else
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(access.Region);
        }

        return new AmazonDynamoDBClient(access.Credentials, config);
    }
}
