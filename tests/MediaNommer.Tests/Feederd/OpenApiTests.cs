using System.Text.Json.Nodes;
using MediaNommer.Tests.Structure;
using Microsoft.AspNetCore.Routing;
using Shouldly;
using Xunit;

namespace MediaNommer.Tests.Feederd;

public sealed class OpenApiTests(RunningFeederd feederd) : IClassFixture<RunningFeederd>
{
    private const string Page = "docs/openapi.json";

    [Fact]
    public async Task The_document_in_the_repository_is_what_the_server_says()
    {
        var served = (await feederd.Http.GetStringAsync("/openapi/v1.json")).ReplaceLineEndings("\n") + "\n";
        if (Environment.GetEnvironmentVariable("NOMMER_UPDATE_DOCS") == "1")
            await File.WriteAllTextAsync(Path.Combine(Repository.Root, Page), served);

        Repository.Read(Page).ShouldBe(served, $"Run the tests with NOMMER_UPDATE_DOCS=1 to write {Page} anew.");
    }

    [Fact]
    public async Task The_document_holds_every_endpoint_but_the_page()
    {
        var document = await ReadAsync();
        var described = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"));

        described.ShouldBe(
            EndpointsOf(feederd).Where(endpoint => !endpoint.Contains("dashboard", StringComparison.Ordinal)
                && endpoint is not "GET /" and not "GET /openapi/{documentName}.json"),
            ignoreOrder: true);
    }

    [Fact]
    public async Task Everything_is_described()
    {
        var document = await ReadAsync();
        var undescribed = new List<string>();
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject())
            {
                if (string.IsNullOrEmpty((string?)operation!["summary"]) || string.IsNullOrEmpty((string?)operation["description"]))
                    undescribed.Add($"{method} {path}");
                undescribed.AddRange((operation["parameters"]?.AsArray() ?? [])
                    .Where(parameter => string.IsNullOrEmpty((string?)parameter!["description"]))
                    .Select(parameter => $"{method} {path} {parameter!["name"]}"));
            }
        }

        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
            undescribed.AddRange(UndescribedIn(name, schema!));
        undescribed.ShouldBeEmpty();
    }

    private static IEnumerable<string> UndescribedIn(string name, JsonNode schema) =>
        (schema["properties"]?.AsObject() ?? []).SelectMany(property =>
        {
            var own = property.Value!.AsObject();
            var isDescribed = !string.IsNullOrEmpty((string?)own["description"]) || own.ContainsKey("$ref") || own.ContainsKey("oneOf");
            var path = $"{name}.{property.Key}";
            return UndescribedIn(path, own).Concat(isDescribed ? [] : [path]);
        });

    internal static IEnumerable<string> EndpointsOf(RunningFeederd feederd) =>
        feederd.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().SelectMany(
            endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods,
            (endpoint, method) => $"{method} {endpoint.RoutePattern.RawText}");

    private async Task<JsonNode> ReadAsync() => JsonNode.Parse(await feederd.Http.GetStringAsync("/openapi/v1.json"))!;
}
