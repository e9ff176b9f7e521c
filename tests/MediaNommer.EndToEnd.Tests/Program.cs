using MediaNommer.EndToEnd.Tests.Media;
using MediaNommer.EndToEnd.Tests.Running;

namespace MediaNommer.EndToEnd.Tests;

/// <summary>The test assembly started as a program, where a test needs a process that is not the product's.</summary>
internal static class Program
{
    public static Task<int> Main(string[] arguments) => arguments is [NetworkNamespace.Verb, .. var rest]
        ? Task.FromResult(NetworkNamespace.Keep(rest))
        : DoomedWorker.RunAsync(arguments);
}
