namespace MediaNommer.Backends.Tests.Aws.SimpleDbServer;

/// <summary>A refusal, in the words and with the status that AWS's table of error codes gives.</summary>
internal sealed class SdbFault(string code, int status, string message) : Exception(message)
{
    public string Code => code;

    public int Status => status;

    public static SdbFault Missing(string parameter) =>
        new("MissingParameter", 400, $"The request must contain the parameter {parameter}.");

    public static SdbFault Invalid(string what) => new("InvalidParameterValue", 400, what);

    public static SdbFault NoSuchDomain() => new("NoSuchDomain", 400, "The specified domain does not exist.");

    public static SdbFault Query(string why) =>
        new("InvalidQueryExpression", 400, $"The specified query expression syntax is not valid: {why}");
}
