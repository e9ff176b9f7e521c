using MediaNommer.Client;

namespace MediaNommer.Cli;

/// <summary>Ids of jobs as people type them: the beginning is enough where it is the only one of its kind.</summary>
internal static class JobIdPrefixes
{
    /// <summary>The whole id.</summary>
    /// <exception cref="NommerApiException">None or several begin so.</exception>
    public static Task<string> ResolveAsync(NommerClient client, string id, CancellationToken cancellation) =>
        client.ResolveJobIdAsync(id.TrimEnd('…'), cancellation);

    /// <summary>The whole ids, in the same order.</summary>
    /// <exception cref="NommerApiException">None or several begin like one of them.</exception>
    public static async Task<IReadOnlyList<string>> ResolveAsync(
        NommerClient client, IReadOnlyList<string> ids, CancellationToken cancellation) =>
        await Task.WhenAll(ids.Select(id => ResolveAsync(client, id, cancellation)));
}
