using System.Reflection;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Tests.Feederd;

/// <summary>A real store behind a line that the test can cut.</summary>
public class FlakyStore : DispatchProxy
{
    private IJobStore store = null!;

    public Func<string, bool> IsCut { get; set; } = _ => false;

    public static (IJobStore Store, FlakyStore Line) Around(IJobStore store)
    {
        var proxy = Create<IJobStore, FlakyStore>();
        var line = (FlakyStore)(object)proxy;
        line.store = store;
        return (proxy, line);
    }

    /// <summary>What a call fails with, by its name and arguments, or null.</summary>
    public Func<string, object?[], Exception?> Fails { get; set; } = (_, _) => null;

    protected override object? Invoke(MethodInfo? method, object?[]? args) => Fails(method!.Name, args!) is { } failure
        ? throw failure
        : IsCut(method.Name)
        ? throw new BackendUnavailableException("The test has cut the line.")
        : method.Invoke(store, args);
}
