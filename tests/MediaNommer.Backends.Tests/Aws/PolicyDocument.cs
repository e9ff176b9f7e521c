using System.Text.Json;
using System.Text.RegularExpressions;

namespace MediaNommer.Backends.Tests.Aws;

/// <summary>A policy of IAM, as far as ours go: statements that allow actions on resources, some only with a tag.</summary>
internal sealed class PolicyDocument
{
    private readonly List<Statement> statements;

    public PolicyDocument(string json)
    {
        using var document = JsonDocument.Parse(json);
        statements =
        [
            .. document.RootElement.GetProperty("Statement").EnumerateArray().Select(statement => new Statement(
                Texts(statement, "Action"), Texts(statement, "Resource"), RequestTag(statement))),
        ];
    }

    /// <summary>Every action that it names.</summary>
    public IEnumerable<string> Actions => statements.SelectMany(statement => statement.Actions).Distinct();

    public bool Allows(AskedPermission asked) => statements.Exists(statement =>
        statement.Actions.Contains(asked.Action)
        && statement.Resources.Exists(resource => Covers(resource, asked.Resource))
        && (statement.RequestTag is null || statement.RequestTag == asked.RequestTag));

    // The sixth part of an ARN is the resource.
    private static bool Covers(string resource, string asked) => asked == "*"
        || Regex.IsMatch(asked, $"^{Regex.Escape(resource.Split(':', 6)[^1]).Replace(@"\*", ".*", StringComparison.Ordinal)}$");

    private static List<string> Texts(JsonElement statement, string name) =>
        [.. statement.GetProperty(name).EnumerateArray().Select(one => one.GetString()!)];

    private static string? RequestTag(JsonElement statement) =>
        statement.TryGetProperty("Condition", out var condition) && condition.TryGetProperty("StringEquals", out var test)
        && test.TryGetProperty("aws:RequestTag/media-nommer", out var value) ? value.GetString() : null;

    private sealed record Statement(List<string> Actions, List<string> Resources, string? RequestTag);
}
