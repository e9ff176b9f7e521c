using System.Globalization;
using System.Security.Cryptography;
using MediaNommer.Core.Jobs;
using MediaNommer.Core.Leases;

namespace MediaNommer.Feederd.Services;

/// <summary>
/// What one feederd at a time does for all that share a store: deliver notifications, sweep leases, size the fleet, prune.
/// The one that holds a lease in the store is on duty; the others serve the API and wait. It is started before the
/// services with duties, and so stopped after them: when the lease is given up, all duties have ended.
/// </summary>
internal sealed partial class Duties : BackgroundService
{
    /// <summary>The name of the lease.</summary>
    public const string LeaseName = "feederd";

    /// <summary>How long the lease lasts after each renewal.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(22);

    /// <summary>How often the holder renews it: each time costs a write.</summary>
    public static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);

    /// <summary>How often others look whether it is free: each time costs a read.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    // So that a renewal that hangs can be tried again before the lease ends.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(3);

    private readonly IJobStore store;
    private readonly JobEventHub hub;
    private readonly TimeProvider clock;
    private readonly ILogger<Duties> logger;
    private readonly LeaseClaim claim;
    private readonly Lock gate = new();
    private TaskCompletionSource<CancellationToken> taken = NewTurn();
    private CancellationTokenSource? term;
    private bool isOut;

    public Duties(IJobStore store, JobEventHub hub, TimeProvider clock, ILogger<Duties> logger)
    {
        (this.store, this.hub, this.clock, this.logger) = (store, hub, clock, logger);
        Name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.MachineName}-{Environment.ProcessId}-{RandomNumberGenerator.GetHexString(6, lowercase: true)}");
        var wanted = new Lease
        {
            Name = LeaseName, Owner = Name, Process = ProcessMark.Own, Seconds = Length.TotalSeconds,
        };
        claim = new LeaseClaim(store, wanted, ProcessMark.IsGone, clock);
    }

    /// <summary>What this feederd is called in the store.</summary>
    public string Name { get; }

    /// <summary>Who is on duty, as far as is known; null when nobody is.</summary>
    public string? Holder => claim.Holder;

    /// <summary>True while this feederd is on duty.</summary>
    public bool AreHeld
    {
        get
        {
            lock (gate)
                return term is { IsCancellationRequested: false };
        }
    }

    /// <summary>Does something whenever this feederd is on duty; the token given to it ends when it no longer is.</summary>
    public async Task RunAsync(Func<CancellationToken, Task> duty, CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                var held = await NextTurn().WaitAsync(stopping);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(held, stopping);
                // What is done once is done until the next time; what failed is done again.
                var pause = await TryAsync(duty, either.Token) ? Timeout.InfiniteTimeSpan : AfterFailure;
                await Task.Delay(pause, clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // feederd stops.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        EndTerm();
        using var limit = new CancellationTokenSource(LastWord, clock);
        try
        {
            await claim.ReleaseAsync(limit.Token);
        }
        catch (Exception e) when (e is BackendUnavailableException or OperationCanceledException)
        {
            // It ends by itself.
            Log.NotReleased(logger, e);
        }
    }

    public override void Dispose()
    {
        term?.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
                await Task.Delay(await LookAsync(stoppingToken), clock, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // feederd stops.
        }
    }

    /// <returns>False when it failed.</returns>
    private async Task<bool> TryAsync(Func<CancellationToken, Task> duty, CancellationToken held)
    {
        try
        {
            await duty(held);
            return true;
        }
        catch (OperationCanceledException) when (held.IsCancellationRequested)
        {
            // Off duty.
            return true;
        }
        catch (Exception e)
        {
            Log.DutyFailed(logger, e);
            return false;
        }
    }

    private async Task<TimeSpan> LookAsync(CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, limit.Token);
        try
        {
            var isHeld = await claim.TryAcquireAsync(either.Token);
            isOut = false;
            if (isHeld)
                Continue();
            else
                EndTerm();
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            if (!isOut)
                Log.Unknown(logger, e);
            isOut = true;
            if (e is BackendUnavailableException)
                await PrepareAgainAsync(either.Token, stopping);
        }

        if (AreHeld)
            return isOut ? LookEvery : RenewEvery;
        // Another hears of changes now; nothing may be concluded from our hearing of none.
        hub.MissSome();
        return LookEvery;
    }

    /// <summary>What the store needs may have been deleted under us, a table for example: it is made again.</summary>
    private async Task PrepareAgainAsync(CancellationToken limit, CancellationToken stopping)
    {
        try
        {
            await store.InitializeAsync(limit);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            Log.NotPrepared(logger, e);
        }
    }

    /// <summary>Begins a term, or makes it last longer.</summary>
    private void Continue()
    {
        lock (gate)
        {
            if (term is { IsCancellationRequested: false })
            {
                term.CancelAfter(claim.TimeLeft);
                return;
            }

            term?.Dispose();
            term = new CancellationTokenSource(claim.TimeLeft, clock);
            hub.MissSome();
            if (taken.Task.IsCompleted)
                taken = NewTurn();
            taken.SetResult(term.Token);
        }

        Log.OnDuty(logger, Name);
    }

    private void EndTerm()
    {
        lock (gate)
        {
            if (term is not { IsCancellationRequested: false })
                return;
        }

        term.Cancel();
        if (claim.Holder != Name)
            Log.OffDuty(logger, claim.Holder ?? "nobody");
    }

    private Task<CancellationToken> NextTurn()
    {
        lock (gate)
        {
            if (taken.Task.IsCompleted && term is { IsCancellationRequested: true })
                taken = NewTurn();
            return taken.Task;
        }
    }

    private static TaskCompletionSource<CancellationToken> NewTurn() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(190, LogLevel.Information, "This feederd ({Name}) is on duty: it delivers notifications and looks after jobs and workers.")]
        public static partial void OnDuty(ILogger logger, string name);

        [LoggerMessage(191, LogLevel.Information, "This feederd is off duty; it serves the API. On duty is {Holder}.")]
        public static partial void OffDuty(ILogger logger, string holder);

        [LoggerMessage(192, LogLevel.Warning, "The lease of the duties could not be given up; it ends by itself.")]
        public static partial void NotReleased(ILogger logger, Exception e);

        [LoggerMessage(193, LogLevel.Error, "The lease of the duties cannot be read or renewed; this feederd tries until it can.")]
        public static partial void Unknown(ILogger logger, Exception e);

        [LoggerMessage(194, LogLevel.Debug, "The store cannot be made ready; this is tried again.")]
        public static partial void NotPrepared(ILogger logger, Exception e);

        [LoggerMessage(195, LogLevel.Error, "A duty failed unexpectedly; it goes on in two seconds while this feederd is on duty.")]
        public static partial void DutyFailed(ILogger logger, Exception e);
    }
}
