namespace MediaNommer.Feederd.Api.Describing;

/// <summary>What <c>/openapi/v1.json</c> says about an endpoint.</summary>
internal sealed record EndpointDoc(string OperationId, string Tag, string Summary, string Description)
{
    /// <summary>Parameters in path, query and headers.</summary>
    public IReadOnlyList<ParameterDoc> Parameters { get; init; } = [];

    /// <summary>What is sent, or null.</summary>
    public BodyDoc? Body { get; init; }

    /// <summary>What may come back when it works.</summary>
    public required IReadOnlyList<AnswerDoc> Answers { get; init; }

    /// <summary>What may come back when it does not, beside 401, 500 and 503.</summary>
    public IReadOnlyList<AnswerDoc> Errors { get; init; } = [];

    /// <summary>True for the API of 2011, whose errors are no problem details.</summary>
    public bool IsOriginal { get; init; }
}

/// <summary>One parameter.</summary>
internal sealed record ParameterDoc(string Name, ParameterPlace Place, string Description)
{
    public bool IsNumber { get; init; }

    public IReadOnlyList<string> Values { get; init; } = [];
}

internal enum ParameterPlace
{
    Path,
    Query,
    Header,
}

/// <summary>One possible answer.</summary>
internal sealed record AnswerDoc(int Status, string Description, Type? Type = null, string ContentType = Answer.Json);

/// <summary>What is sent.</summary>
/// <param name="Description">What it is.</param>
/// <param name="Type">The type of a JSON body, or null for a file.</param>
/// <param name="Example">A JSON body as an example, or null.</param>
internal sealed record BodyDoc(string Description, Type? Type, string? Example = null);

/// <summary>Hangs descriptions on endpoints.</summary>
internal static class EndpointDescriptions
{
    public static T Describe<T>(this T endpoint, EndpointDoc doc)
        where T : IEndpointConventionBuilder
    {
        endpoint.Add(builder =>
        {
            // The API explorer lists endpoints by the method behind them.
            builder.Metadata.Add(((Delegate)builder.RequestDelegate!).Method);
            builder.Metadata.Add(doc);
            foreach (var answer in doc.Answers.Where(answer => answer.Type is not null))
                builder.Metadata.Add(new ProducesResponseTypeMetadata(answer.Status, answer.Type, [answer.ContentType]));
            foreach (var error in doc.Errors)
                builder.Metadata.Add(new ProducesResponseTypeMetadata(
                    error.Status, doc.IsOriginal ? typeof(Client.Wire.OriginalResponse) : typeof(Client.Wire.ProblemResponse),
                    [doc.IsOriginal ? Answer.Json : Answer.Problem]));
        });
        return endpoint;
    }
}
