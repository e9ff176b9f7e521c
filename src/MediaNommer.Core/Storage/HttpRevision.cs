using System.Net.Http.Headers;

namespace MediaNommer.Core.Storage;

/// <summary>What names the version of a source in one answer of its server.</summary>
/// <param name="Tag">The ETag, or null.</param>
/// <param name="ModifiedAt">The time of the last change, or null.</param>
/// <param name="HasUnstableTags">True when the server gave different ETags for what time and size say is the same.</param>
internal readonly record struct HttpRevision(EntityTagHeaderValue? Tag, DateTimeOffset? ModifiedAt, bool HasUnstableTags)
{
    /// <summary>The revision of an answer, in the light of the one before.</summary>
    public static HttpRevision Of(HttpResponseMessage response, HttpRevision earlier, bool isSameSize)
    {
        var (tag, modifiedAt) = (response.Headers.ETag, response.Content.Headers.LastModified);
        // Each machine behind a load balancer may make up a tag of its own.
        var differs = earlier.Tag is not null && !earlier.Tag.Equals(tag) && isSameSize && modifiedAt == earlier.ModifiedAt;
        return new HttpRevision(tag, modifiedAt, earlier.HasUnstableTags || differs);
    }

    /// <summary>
    /// What the rest can be asked for by, or null when nothing vouches that two parts fit together. A weak tag does not
    /// promise the same bytes, and one that changes by itself promises nothing.
    /// </summary>
    public RangeConditionHeaderValue? Condition =>
        Tag is { IsWeak: false } && !HasUnstableTags ? new RangeConditionHeaderValue(Tag)
        : ModifiedAt is { } time ? new RangeConditionHeaderValue(time)
        : null;

    /// <summary>True when a part with this revision fits to one with the earlier revision.</summary>
    public bool Continues(HttpRevision earlier) => Tag is not null && earlier.Tag is not null && !earlier.HasUnstableTags
        ? Tag.Equals(earlier.Tag)
        : ModifiedAt is not null && ModifiedAt == earlier.ModifiedAt;
}
