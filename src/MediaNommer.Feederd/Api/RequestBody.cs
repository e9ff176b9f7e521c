using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace MediaNommer.Feederd.Api;

/// <summary>Reads JSON bodies, whatever their Content-Type says: the client of 2011 calls them forms.</summary>
internal static class RequestBody
{
    /// <summary>The largest JSON body in bytes.</summary>
    public const int Limit = 2 << 20;

    // A client that is still sending would not read the refusal; up to here its body is read and thrown away.
    private const long DrainLimit = 64 << 20;

    /// <exception cref="ApiException">The body is larger than <see cref="Limit"/>.</exception>
    public static async ValueTask<byte[]> ReadAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        while (true)
        {
            var result = await reader.ReadAsync(context.RequestAborted);
            var buffer = result.Buffer;
            if (buffer.Length > Limit)
            {
                reader.AdvanceTo(buffer.End);
                await DrainAsync(reader, context.RequestAborted);
                throw new ApiException(
                    StatusCodes.Status413PayloadTooLarge, ApiErrors.TooLarge,
                    $"The body is larger than the limit of {Limit} bytes (2 MiB).");
            }

            if (result.IsCompleted)
            {
                var bytes = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return bytes;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Reads a JSON object; an empty body counts as an empty one.</summary>
    /// <param name="context">The request.</param>
    /// <param name="example">What the body should look like.</param>
    /// <exception cref="ApiException">The body is something else.</exception>
    public static async Task<JsonDocument> ReadObjectAsync(HttpContext context, string example)
    {
        var bytes = await ReadAsync(context);
        try
        {
            var document = JsonDocument.Parse(bytes.Length == 0 ? "{}"u8.ToArray() : bytes);
            if (document.RootElement.ValueKind == JsonValueKind.Object && HasReadableKeys(document.RootElement))
                return document;
            var isObject = document.RootElement.ValueKind == JsonValueKind.Object;
            document.Dispose();
            throw ApiException.BadInput(
                "", isObject
                    ? "The body has a key that is no valid Unicode."
                    : $"The body must be a JSON object such as {example}.");
        }
        catch (JsonException e)
        {
            throw ApiException.BadInput(
                "", $"The body is not JSON (line {e.LineNumber + 1}, byte {e.BytePositionInLine}); "
                + $"send an object such as {example}.");
        }
    }

    // Half of a surrogate pair is JSON but no text; every later look for a key would fail on it.
    private static bool HasReadableKeys(JsonElement body)
    {
        try
        {
            return body.EnumerateObject().All(property => property.Name is not null);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static async Task DrainAsync(PipeReader reader, CancellationToken cancellation)
    {
        for (long drained = 0; drained < DrainLimit;)
        {
            var result = await reader.ReadAsync(cancellation);
            drained += result.Buffer.Length;
            reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return;
        }
    }
}
