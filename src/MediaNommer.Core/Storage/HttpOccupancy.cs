using System.Net;

namespace MediaNommer.Core.Storage;

/// <summary>What a web server has at a destination, and whether a job may replace it.</summary>
internal sealed class HttpOccupancy(HttpExchange exchange, HttpAddress dest, OutputTag tag)
{
    /// <summary>Looks. Outputs of ours are known by their size, as servers keep no mark of a file.</summary>
    /// <param name="sent">The size of what this run may have put there already, or null.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<Occupant> LookAsync(long? sent, CancellationToken cancellation)
    {
        using var head = await exchange.SendAsync(HttpMethod.Head, dest, null, cancellation);
        if (!head.IsSuccessStatusCode)
            return Occupant.Nothing;
        var size = head.Content.Headers.ContentLength;
        return size is not null && (size == sent || size == tag.EarlierSize) ? Occupant.Ours : Occupant.Other;
    }

    /// <summary>Refuses to go on when something is there that is to be kept.</summary>
    /// <returns>True when the server must be told to replace nothing.</returns>
    /// <exception cref="MediaStorageException">Something is there.</exception>
    public async Task<bool> RequireFreeAsync(long? sent, CancellationToken cancellation)
    {
        if (tag.IfExists == IfExists.Overwrite)
            return false;
        return await LookAsync(sent, cancellation) switch
        {
            Occupant.Other => throw Exists(),
            var found => found == Occupant.Nothing,
        };
    }

    /// <summary>Whether an answer says that something had appeared there by the time it was to be written.</summary>
    public static bool IsRefusal(HttpStatusCode status) => status == HttpStatusCode.PreconditionFailed;

    /// <summary>The error for that.</summary>
    public MediaStorageException Exists() => MediaStorageException.DestExists(dest.Display);
}
