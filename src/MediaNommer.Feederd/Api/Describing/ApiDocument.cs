using System.Text.Json;
using System.Text.Json.Nodes;
using MediaNommer.Client.Wire;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace MediaNommer.Feederd.Api.Describing;

/// <summary>Makes <c>/openapi/v1.json</c> of the descriptions that hang on the endpoints.</summary>
internal static class ApiDocument
{
    public const string Name = "v1";

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "media-nommer",
                Version = "1",
                Description = "Distributed media encoding. Times are ISO 8601 in UTC, sizes bytes, durations seconds. "
                    + "Errors outside /job/ are problem details (RFC 9457) with `code` and `retryable`. Beside what "
                    + "stands with each call, any may answer 401 (no key), 403 (a foreign page), 500 or 503 (the store "
                    + "or the queue is out of reach).",
            };
            document.Servers = [];
            Secure(document);
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // Passes are passed on as they come, so their type says nothing of them.
            if (context.JsonPropertyInfo is { Name: "options" } && context.JsonTypeInfo.Type == typeof(JsonElement?))
            {
                schema.Type = JsonSchemaType.Array | JsonSchemaType.Null;
                schema.Items = new OpenApiSchema { Type = JsonSchemaType.Object };
                schema.Description = "One or two passes, each with `infile_options` and `outfile_options` (lists of "
                    + "`[name, value]`, null for a bare flag) and `move_atom_to_front`.";
            }

            return Task.CompletedTask;
        });
        options.AddOperationTransformer(async (operation, context, cancellation) =>
        {
            var doc = context.Description.ActionDescriptor.EndpointMetadata.OfType<EndpointDoc>().First();
            operation.OperationId = doc.OperationId;
            operation.Summary = doc.Summary;
            operation.Description = doc.Description;
            operation.Tags = new HashSet<OpenApiTagReference> { new(doc.Tag, context.Document) };
            operation.Parameters = [.. doc.Parameters.Select(ParameterOf)];
            if (doc.Body is { } body)
                operation.RequestBody = await BodyOfAsync(body, context, cancellation);
            foreach (var answer in doc.Answers.Concat(doc.Errors))
                DescribeAnswer(operation, answer);
        });
    }

    private static void Secure(OpenApiDocument document)
    {
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["bearer"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer" },
            ["basic"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "basic" },
        };
        document.Security =
        [
            new OpenApiSecurityRequirement(),
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("bearer", document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("basic", document)] = [] },
        ];
    }

    private static IOpenApiParameter ParameterOf(ParameterDoc doc) => new OpenApiParameter
    {
        Name = doc.Name,
        In = doc.Place switch
        {
            ParameterPlace.Path => ParameterLocation.Path,
            ParameterPlace.Header => ParameterLocation.Header,
            _ => ParameterLocation.Query,
        },
        Required = doc.Place == ParameterPlace.Path,
        Description = doc.Description,
        Schema = new OpenApiSchema
        {
            Type = doc.IsNumber ? JsonSchemaType.Integer : JsonSchemaType.String,
            Enum = doc.Values.Count == 0 ? null : [.. doc.Values.Select(value => (JsonNode)value)],
        },
    };

    private static async Task<IOpenApiRequestBody> BodyOfAsync(
        BodyDoc body, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var content = body.Type is null ? FileContent() : new Dictionary<string, OpenApiMediaType>
        {
            [Answer.Json] = new OpenApiMediaType
            {
                Schema = await ReferToAsync(body.Type, context, cancellation),
                Example = body.Example is null ? null : JsonNode.Parse(body.Example),
            },
        };
        return new OpenApiRequestBody { Description = body.Description, Required = true, Content = content };
    }

    private static async Task<IOpenApiSchema> ReferToAsync(
        Type type, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var schema = await context.GetOrCreateSchemaAsync(type, null, cancellation);
        context.Document!.AddComponent(type.Name, schema);
        return new OpenApiSchemaReference(type.Name, context.Document);
    }

    private static Dictionary<string, OpenApiMediaType> FileContent()
    {
        static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };
        return new()
        {
            ["application/octet-stream"] = new OpenApiMediaType { Schema = Binary() },
            ["multipart/form-data"] = new OpenApiMediaType
            {
                Schema = new OpenApiSchema
                {
                    Type = JsonSchemaType.Object,
                    Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = Binary() },
                },
            },
        };
    }

    private static void DescribeAnswer(OpenApiOperation operation, AnswerDoc answer)
    {
        operation.Responses ??= [];
        var key = answer.Status.ToString(null, null);
        if (operation.Responses.TryGetValue(key, out var known))
            known.Description = answer.Description;
        else
            operation.Responses[key] = new OpenApiResponse { Description = answer.Description };
    }
}
