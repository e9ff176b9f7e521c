using System.Net;
using MediaNommer.Core.Jobs;

namespace MediaNommer.Backends.Aws.Wire;

/// <summary>A service of AWS refused a request, or could not be reached however often it was tried.</summary>
internal sealed class AwsException(
    string message, string code, HttpStatusCode? status, Exception? inner = null)
    : BackendUnavailableException(message, inner)
{
    /// <summary>The service's own word for what went wrong, for example <c>AccessDenied</c>; empty when it never answered.</summary>
    public string Code => code;

    /// <summary>What came of the tries before the last one.</summary>
    public IReadOnlyList<AwsException> Earlier { get; set; } = [];

    /// <summary>The HTTP status of the answer, or null when there was none.</summary>
    public HttpStatusCode? Status => status;
}
