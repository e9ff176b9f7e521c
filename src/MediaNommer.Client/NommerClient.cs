using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MediaNommer.Client.Wire;

namespace MediaNommer.Client;

/// <summary>
/// Talks to feederd. Every method throws <see cref="NommerApiException"/> when feederd refuses,
/// <see cref="NommerUnreachableException"/> when it does not answer. Safe to use by many at once.
/// </summary>
public sealed partial class NommerClient : IDisposable
{
    private readonly HttpClient http;

    /// <summary>Makes one for the feederd at the address, for example <c>http://127.0.0.1:8001</c>.</summary>
    /// <param name="address">feederd's address; a path in it is kept.</param>
    /// <param name="apiKey">One of feederd's API keys, or null when it asks for none.</param>
    public NommerClient(Uri address, string? apiKey = null)
        : this(NewHttpClient(address), apiKey)
    {
    }

    /// <summary>Makes one on an own HTTP client, whose <c>BaseAddress</c> is feederd's, and takes it over.</summary>
    public NommerClient(HttpClient http, string? apiKey = null)
    {
        this.http = http;
        if (apiKey is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
    }

    /// <summary>Where feederd is.</summary>
    public Uri Address => http.BaseAddress!;

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private static HttpClient NewHttpClient(Uri address)
    {
        var handler = new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(10) };
        var text = address.ToString();
        return new HttpClient(handler)
        {
            BaseAddress = new Uri(text.EndsWith('/') ? text : text + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    private Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, path), type, cancellation);

    private async Task<T> SendAsync<T>(
        HttpRequestMessage request, JsonTypeInfo<T> type, CancellationToken cancellation)
    {
        using var response = await ExchangeAsync(request, HttpCompletionOption.ResponseContentRead, cancellation);
        try
        {
            var stream = await response.Content.ReadAsStreamAsync(cancellation);
            return await JsonSerializer.DeserializeAsync(stream, type, cancellation)
                ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new NommerUnreachableException(
                $"{Address} answered, but not as feederd does. Is it the address of something else?", e);
        }
    }

    private async Task<HttpResponseMessage> ExchangeAsync(
        HttpRequestMessage request, HttpCompletionOption completion, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        using (request)
        {
            try
            {
                response = await http.SendAsync(request, completion, cancellation);
            }
            catch (HttpRequestException e)
            {
                throw Unreachable(e);
            }
        }

        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ReadProblemAsync(response, cancellation);
    }

    private NommerUnreachableException Unreachable(Exception e) => new(
        $"feederd does not answer at {Address} ({e.Message}). Start it with 'nommer up', or give its address.", e);

    private static async Task<NommerApiException> ReadProblemAsync(
        HttpResponseMessage response, CancellationToken cancellation)
    {
        var status = (int)response.StatusCode;
        try
        {
            var body = await response.Content.ReadAsStreamAsync(cancellation);
            if (await JsonSerializer.DeserializeAsync(body, WireJson.Default.ProblemResponse, cancellation) is { } problem)
                return new NommerApiException(
                    problem.Code, problem.Detail, problem.Retryable, status, problem.Field);
        }
        catch (Exception e) when (e is JsonException or HttpRequestException or IOException)
        {
            // Not a problem document: something between us and feederd answered. The status must do.
        }

        return new NommerApiException(
            "HTTP_" + status.ToString(CultureInfo.InvariantCulture),
            $"The answer was HTTP {status} {response.ReasonPhrase}.", status >= 500, status);
    }

    private static HttpRequestMessage Post<T>(string path, T body, JsonTypeInfo<T> type) =>
        new(HttpMethod.Post, path) { Content = Json(JsonSerializer.Serialize(body, type)) };

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static string Escape(string text) => Uri.EscapeDataString(text);

    private static string Query(string path, params (string Name, string? Value)[] parameters)
    {
        var given = parameters.Where(parameter => !string.IsNullOrEmpty(parameter.Value))
            .Select(parameter => $"{parameter.Name}={Escape(parameter.Value!)}");
        var query = string.Join('&', given);
        return query.Length == 0 ? path : $"{path}?{query}";
    }
}
