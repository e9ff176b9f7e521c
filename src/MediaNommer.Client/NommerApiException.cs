namespace MediaNommer.Client;

/// <summary>feederd refused a request.</summary>
public sealed class NommerApiException : Exception
{
    /// <summary>Makes one.</summary>
    public NommerApiException(string code, string message, bool retryable, int status, string? field = null)
        : base(message)
    {
        Code = code;
        Retryable = retryable;
        Status = status;
        Field = field;
    }

    /// <summary>What kind of error it is, for example <c>BADINPUT</c> or <c>NOT_FOUND</c>.</summary>
    public string Code { get; }

    /// <summary>True when the same request may succeed later.</summary>
    public bool Retryable { get; }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The field that is wrong, or null when it is about none.</summary>
    public string? Field { get; }
}

/// <summary>feederd did not answer.</summary>
public sealed class NommerUnreachableException : Exception
{
    /// <summary>Makes one that names the address.</summary>
    public NommerUnreachableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
