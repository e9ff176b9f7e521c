namespace MediaNommer.EndToEnd.Tests.Aws.Emulator;

/// <summary>What goes wrong on purpose.</summary>
internal sealed class Faults
{
    private readonly Lock gate = new();
    private readonly List<Failure> failures = [];
    private readonly Dictionary<string, HeldAnswer> held = [];

    /// <summary>Refuses the next calls of that name.</summary>
    public void Fail(string action, Ec2Error error, int times = 1)
    {
        lock (gate)
            failures.Add(new Failure(action, error) { Left = times });
    }

    /// <summary>Does what the next call of that name asks for, but keeps the answer back.</summary>
    public HeldAnswer Hold(string action)
    {
        lock (gate)
            return held[action] = new HeldAnswer();
    }

    /// <summary>Throws when the call is to fail.</summary>
    public void Check(string action)
    {
        lock (gate)
        {
            if (failures.Find(failure => failure.Action == action && failure.Left > 0) is not { } failure)
                return;
            failure.Left--;
            throw failure.Error;
        }
    }

    /// <summary>Waits when the answer is kept back.</summary>
    public Task BeforeAnswerAsync(string action, CancellationToken clientLeft)
    {
        lock (gate)
        {
            if (!held.Remove(action, out var answer))
                return Task.CompletedTask;
            answer.Reach();
            return answer.WaitAsync(clientLeft);
        }
    }

    private sealed record Failure(string Action, Ec2Error Error)
    {
        public int Left { get; set; }
    }
}

/// <summary>An answer that is kept back.</summary>
internal sealed class HeldAnswer
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Comes when the call was done.</summary>
    public Task Reached => reached.Task;

    public void Release() => released.TrySetResult();

    public void Reach() => reached.TrySetResult();

    public Task WaitAsync(CancellationToken clientLeft) => released.Task.WaitAsync(clientLeft);
}
