namespace MediaNommer.Core.Jobs.Requests;

/// <summary>A job was asked for in a way that cannot be served. The message says what to change.</summary>
public sealed class JobRequestException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="code">One of <see cref="JobRequestErrors"/>.</param>
    /// <param name="field">
    /// The culprit in the request, for example <c>job_options.options[1].outfile_options[3]</c>; empty for the request
    /// as a whole.
    /// </param>
    /// <param name="message">What is wrong and what is allowed. Never holds passwords.</param>
    public JobRequestException(string code, string field, string message)
        : base(message)
    {
        Code = code;
        Field = field;
    }

    /// <summary>What kind of error it is; the original API says BADINPUT for all of them.</summary>
    public string Code { get; }

    /// <summary>The culprit in the request, or empty.</summary>
    public string Field { get; }
}

/// <summary>The codes of <see cref="JobRequestException"/>.</summary>
public static class JobRequestErrors
{
    /// <summary>Something is missing, has the wrong type or an impossible value.</summary>
    public const string BadInput = "BADINPUT";

    /// <summary>A source, destination or web hook is no usable address.</summary>
    public const string BadAddress = "BAD_ADDRESS";

    /// <summary>The settings do not let jobs reach that address.</summary>
    public const string NotAllowed = "ADDRESS_NOT_ALLOWED";

    /// <summary>An option of a pass is malformed.</summary>
    public const string BadOption = "BAD_OPTION";

    /// <summary>An option would reach beyond the job's own source and output.</summary>
    public const string ForbiddenOption = "FORBIDDEN_OPTION";

    /// <summary>No worker has a nommer of that name.</summary>
    public const string UnknownNommer = "UNKNOWN_NOMMER";

    /// <summary>There is no preset of that name.</summary>
    public const string UnknownPreset = "UNKNOWN_PRESET";

    /// <summary>Nothing here reads or writes addresses of that scheme.</summary>
    public const string UnknownScheme = "UNKNOWN_SCHEME";
}
