using MediaNommer.Feederd.Services;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace MediaNommer.Feederd.Api;

/// <summary>
/// Takes in every file of a form, one after the other as they come. When one cannot be stored, none of them is: what the
/// answer does not name must not be there.
/// </summary>
internal sealed class UploadForm(Uploads uploads, HttpContext context)
{
    private const int GenericIoError = unchecked((int)0x80131620);

    private readonly List<Upload> stored = [];

    /// <summary>Stores the files.</summary>
    /// <exception cref="ApiException">The form holds none, or something else than whole files.</exception>
    /// <exception cref="InvalidDataException">The form is none, or ends before its last boundary.</exception>
    public async Task<IReadOnlyList<Upload>> ReceiveAsync(string boundary)
    {
        if (boundary.Length == 0)
            throw ApiException.BadInput("Content-Type", "The Content-Type of the form names no boundary.");
        try
        {
            await ReadAsync(new MultipartReader(boundary, context.Request.Body));
        }
        catch
        {
            foreach (var upload in stored)
                uploads.Delete(upload.Id);
            throw;
        }

        return stored.Count > 0
            ? stored
            : throw ApiException.BadInput("file", "The form holds no file; send it as a part with a filename.");
    }

    private async Task ReadAsync(MultipartReader reader)
    {
        try
        {
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
            {
                if (ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition) && disposition.IsFileDisposition())
                    stored.Add(await ReceiveFileAsync(section, disposition));
            }
        }
        catch (IOException e) when (IsCutOff(e))
        {
            throw new InvalidDataException("The form ends before its last boundary.", e);
        }
    }

    private Task<Upload> ReceiveFileAsync(MultipartSection section, ContentDispositionHeaderValue disposition)
    {
        UploadHeaders.RequireWhole(name => section.Headers is { } headers && headers.TryGetValue(name, out var value) ? value.ToString() : "");
        var given = QueryFields.Text(context, "filename");
        if (given is not null && stored.Count > 0)
            throw ApiException.BadInput(
                "filename", "filename names one file, and the form holds several; leave it out, and each keeps the name in its own part.");
        var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName);
        return uploads.ReceiveAsync(section.Body, given ?? name.ToString(), length: null, context.RequestAborted);
    }

    // The reader of forms throws a plain IOException; those of the disk carry the error number of the system.
    private static bool IsCutOff(IOException e) => e.GetType() == typeof(IOException) && e.HResult == GenericIoError;
}
