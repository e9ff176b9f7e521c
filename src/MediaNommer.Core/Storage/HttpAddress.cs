using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace MediaNommer.Core.Storage;

/// <summary>An address taken apart: where to ask, and with what user name and password.</summary>
/// <param name="Uri">Without user name and password.</param>
/// <param name="Authorization">The header that carries them, or null.</param>
/// <param name="Display">The address as messages may show it.</param>
/// <param name="RefusalCode">The code of the error when the server refuses for good.</param>
internal sealed record HttpAddress(
    Uri Uri, AuthenticationHeaderValue? Authorization, string Display, string RefusalCode)
{
    public static HttpAddress Source(string address) => Parse(address, MediaStorageErrors.SourceUnreadable);

    public static HttpAddress Dest(string address) => Parse(address, MediaStorageErrors.DestNotWritable);

    /// <summary>The error for an answer that is not a success: one to try again after, or one that is final.</summary>
    /// <param name="response">The answer.</param>
    /// <param name="arrived">How many bytes had arrived before a connection broke and the server was asked again.</param>
    public Exception ErrorFor(HttpResponseMessage response, long arrived = 0)
    {
        var status = (int)response.StatusCode;
        var answer = $"{Uri.Host} answers {status} ({response.StatusCode})"
            + (arrived > 0 ? $" when asked for the rest after {arrived} bytes, at which the connection broke" : "");
        if (status is 408 or 425 or 429 || (status >= 500 && status is not (501 or 505)))
            return new TransferBrokenException(answer, RetryAfter(response));
        var missing = RefusalCode == MediaStorageErrors.SourceUnreadable && status is 404 or 410;
        return new MediaStorageException(
            missing ? MediaStorageErrors.SourceNotFound : RefusalCode, $"{Display}: {answer}; {Remedy(status)}.");
    }

    public MediaStorageException Refuse(string reason, Exception? inner = null, string? code = null) =>
        new(code ?? RefusalCode, $"{Display}: {reason}", isTransient: false, inner);

    public MediaStorageException GiveUp(string reason, Exception inner) =>
        new(MediaStorageErrors.TransferFailed, $"{Display}: {reason}.", isTransient: true, inner);

    private static HttpAddress Parse(string address, string refusalCode)
    {
        var display = MediaUri.Redact(address);
        if (!WebAddress.TryParse(address, out var uri))
        {
            throw new MediaStorageException(
                refusalCode,
                $"{display} is not a valid address; percent-encode special characters in user name and password.");
        }

        var authorization = uri.UserInfo.Length == 0 ? null : Basic(uri.UserInfo);
        var bare = authorization is null ? uri : new UriBuilder(uri) { UserName = "", Password = "" }.Uri;
        return new HttpAddress(bare, authorization, display, refusalCode);
    }

    private static AuthenticationHeaderValue Basic(string userInfo)
    {
        var parts = userInfo.Split(':', 2);
        var pair = $"{Uri.UnescapeDataString(parts[0])}:{Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? "")}";
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter is not { } header ? null
        : header.Delta ?? (response.Headers.Date is { } now ? header.Date - now : null);

    private string Remedy(int status) => (HttpStatusCode)status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
            "check the credentials in the address, and whether the link has expired",
        HttpStatusCode.RequestEntityTooLarge => "the server must be set to take files of that size",
        HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => "the server must allow PUT there",
        HttpStatusCode.Conflict => "the folder may have to be made there first",
        _ when RefusalCode == MediaStorageErrors.DestNotWritable => "the server must allow PUT there",
        HttpStatusCode.NotFound or HttpStatusCode.Gone => "check the address, and whether the link was good for one use only",
        _ => "check the address",
    };
}
