namespace MediaNommer.Core.Storage;

/// <summary>A source or destination could not be used. The message names it without its secrets.</summary>
public sealed class MediaStorageException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="code">For example <c>SOURCE_NOT_FOUND</c>; see <see cref="MediaStorageErrors"/>.</param>
    /// <param name="message">What is wrong with which address, and the remedy.</param>
    /// <param name="isTransient">True when trying again later may help.</param>
    /// <param name="inner">The cause.</param>
    public MediaStorageException(string code, string message, bool isTransient = false, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        IsTransient = isTransient;
    }

    /// <summary>The error for a destination that exists and is to be kept.</summary>
    /// <param name="display">The destination as it may be shown.</param>
    public static MediaStorageException DestExists(string display) => new(
        MediaStorageErrors.DestExists,
        $"The destination {display} exists already. Name another, or say if_exists: overwrite to replace it, or skip to keep it.");

    /// <summary>What kind of error it is.</summary>
    public string Code { get; }

    /// <summary>True when trying again later may help.</summary>
    public bool IsTransient { get; }

    /// <summary>
    /// True when there is nothing to do but to wait for something outside: a share that is not mounted, a file that grows.
    /// Its message must then be the same at every look.
    /// </summary>
    public bool IsAwaited { get; init; }

    /// <summary>The state of a source that still changes, or null.</summary>
    public string? Revision { get; init; }
}

/// <summary>The codes of <see cref="MediaStorageException"/>.</summary>
public static class MediaStorageErrors
{
    /// <summary>There is nothing at the source's address.</summary>
    public const string SourceNotFound = "SOURCE_NOT_FOUND";

    /// <summary>The source is there but cannot be read.</summary>
    public const string SourceUnreadable = "SOURCE_UNREADABLE";

    /// <summary>The source changed while it was read.</summary>
    public const string SourceChanged = "SOURCE_CHANGED";

    /// <summary>The destination cannot be written to.</summary>
    public const string DestNotWritable = "DEST_NOT_WRITABLE";

    /// <summary>There is something at the destination, which the job was not told to replace.</summary>
    public const string DestExists = "DEST_EXISTS";

    /// <summary>The other side did not answer, or broke off too often.</summary>
    public const string TransferFailed = "TRANSFER_FAILED";

    /// <summary>A later attempt of the same job has taken over the destination.</summary>
    public const string Superseded = "SUPERSEDED";

    /// <summary>The settings do not let jobs use that address.</summary>
    public const string NotAllowed = "ADDRESS_NOT_ALLOWED";

    /// <summary>No storage for that scheme is configured.</summary>
    public const string UnknownScheme = "UNKNOWN_SCHEME";
}
