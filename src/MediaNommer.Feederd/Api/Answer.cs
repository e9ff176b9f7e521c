using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace MediaNommer.Feederd.Api;

/// <summary>Writes answers.</summary>
internal static class Answer
{
    public const string Json = "application/json";
    public const string Problem = "application/problem+json";

    public static Task WriteAsync<T>(
        HttpContext context, int status, T value, JsonTypeInfo<T> type, string contentType = Json)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type);
        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        response.ContentLength = bytes.Length;
        return response.Body.WriteAsync(bytes, 0, bytes.Length, context.RequestAborted);
    }

    public static Task OkAsync<T>(HttpContext context, T value, JsonTypeInfo<T> type) =>
        WriteAsync(context, StatusCodes.Status200OK, value, type);
}
