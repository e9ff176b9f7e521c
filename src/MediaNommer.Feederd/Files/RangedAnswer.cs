using System.Globalization;
using System.Text;
using MediaNommer.Core.Storage;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Net.Http.Headers;

namespace MediaNommer.Feederd.Files;

/// <summary>
/// Answers GET and HEAD for a file as RFC 9110 has it: conditions, one range, several as <c>multipart/byteranges</c>.
/// </summary>
internal sealed class RangedAnswer(HttpContext context, IMediaContent content, string contentType)
{
    // More than any player asks for; a thousand tiny ones would only cost.
    private const int MostRanges = 16;

    private readonly RequestHeaders conditions = context.Request.GetTypedHeaders();
    private readonly DateTimeOffset? modifiedAt = content.ModifiedAt is { } time
        ? DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds())
        : null;

    private readonly EntityTagHeaderValue? tag = content.Revision is { } revision
        ? new EntityTagHeaderValue($"\"{revision.Trim('"')}\"")
        : null;

    private bool IsHead => HttpMethods.IsHead(context.Request.Method);

    public async Task WriteAsync()
    {
        // A player that is paused reads nothing for as long as it likes.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        var headers = context.Response.GetTypedHeaders();
        (headers.ETag, headers.LastModified) = (tag, modifiedAt);
        context.Response.Headers.AcceptRanges = "bytes";
        if (FailedCondition() is { } status)
        {
            context.Response.StatusCode = status;
            return;
        }

        var ranges = IsHead ? null : WantedRanges();
        context.Response.ContentType = contentType;
        if (ranges is null)
            await WriteWholeAsync();
        else if (ranges.Count is 0 or > MostRanges)
            Refuse();
        else if (ranges.Count == 1)
            await WriteOneAsync(ranges[0]);
        else
            await WriteManyAsync(ranges);
    }

    private async Task WriteWholeAsync()
    {
        context.Response.ContentLength = content.Size;
        if (!IsHead)
            await content.CopyAsync(0, content.Size, context.Response.Body, context.RequestAborted);
    }

    private void Refuse()
    {
        context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
        context.Response.Headers.ContentRange = $"bytes */{content.Size}";
        context.Response.ContentType = null;
        context.Response.ContentLength = 0;
    }

    private async Task WriteOneAsync(Part part)
    {
        context.Response.StatusCode = StatusCodes.Status206PartialContent;
        context.Response.Headers.ContentRange = Describe(part);
        context.Response.ContentLength = part.Length;
        await content.CopyAsync(part.From, part.Length, context.Response.Body, context.RequestAborted);
    }

    private async Task WriteManyAsync(IReadOnlyList<Part> parts)
    {
        var boundary = Guid.NewGuid().ToString("N");
        var heads = parts.Select(part => Encoding.ASCII.GetBytes(
            $"\r\n--{boundary}\r\nContent-Type: {contentType}\r\nContent-Range: {Describe(part)}\r\n\r\n")).ToList();
        var tail = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        var response = context.Response;
        response.StatusCode = StatusCodes.Status206PartialContent;
        response.ContentType = $"multipart/byteranges; boundary={boundary}";
        response.ContentLength = heads.Sum(head => (long)head.Length) + parts.Sum(part => part.Length) + tail.Length;
        foreach (var (head, part) in heads.Zip(parts))
        {
            await response.Body.WriteAsync(head, context.RequestAborted);
            await content.CopyAsync(part.From, part.Length, response.Body, context.RequestAborted);
        }

        await response.Body.WriteAsync(tail, context.RequestAborted);
    }

    /// <summary>304 or 412 when a condition of the request says so, in the order of RFC 9110, 13.2.2.</summary>
    private int? FailedCondition()
    {
        if (conditions.IfMatch.Count > 0 ? !Matches(conditions.IfMatch, isStrong: true)
            : conditions.IfUnmodifiedSince is { } before && modifiedAt > before)
            return StatusCodes.Status412PreconditionFailed;
        if (conditions.IfNoneMatch.Count > 0 ? Matches(conditions.IfNoneMatch, isStrong: false)
            : conditions.IfModifiedSince is { } since && modifiedAt <= since)
            return StatusCodes.Status304NotModified;
        return null;
    }

    private bool Matches(IList<EntityTagHeaderValue> tags, bool isStrong) => tags.Any(candidate =>
        candidate.Equals(EntityTagHeaderValue.Any) || (tag is not null && tag.Compare(candidate, isStrong)));

    /// <summary>The parts that are asked for and are there; null: the whole is wanted.</summary>
    private List<Part>? WantedRanges()
    {
        if (!RangeHeaderValue.TryParse(context.Request.Headers.Range.ToString(), out var range)
            || range.Unit != "bytes" || !StillMeans())
            return null;
        var parts = range.Ranges.Select(Resolve).OfType<Part>().ToList();
        return parts.Sum(part => part.Length) > content.Size ? null : parts;
    }

    private bool StillMeans()
    {
        if (context.Request.Headers.IfRange.Count == 0)
            return true;
        return conditions.IfRange is { } condition
            && (condition.EntityTag is { } wanted ? tag?.Compare(wanted, useStrongComparison: true) == true
                : condition.LastModified is { } time && modifiedAt == time);
    }

    private Part? Resolve(RangeItemHeaderValue wanted)
    {
        if (wanted.From is not { } from)
            return wanted.To is { } last and > 0 && content.Size > 0
                ? Between(Math.Max(0, content.Size - last), content.Size - 1)
                : null;
        return from < content.Size ? Between(from, Math.Min(wanted.To ?? long.MaxValue, content.Size - 1)) : null;
    }

    private static Part Between(long from, long last) => new(from, last - from + 1);

    private string Describe(Part part) => string.Create(
        CultureInfo.InvariantCulture, $"bytes {part.From}-{part.From + part.Length - 1}/{content.Size}");

    private sealed record Part(long From, long Length);
}
