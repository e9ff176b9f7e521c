using System.Globalization;

namespace MediaNommer.Feederd.Api;

/// <summary>Reads the parameters of a query string.</summary>
internal static class QueryFields
{
    /// <summary>The parameter, or null when it is missing or empty.</summary>
    public static string? Text(HttpContext context, string name)
    {
        var value = context.Request.Query[name].ToString();
        return value.Length == 0 ? null : value;
    }

    /// <summary>The parameter as a whole number, or null when it is missing or empty.</summary>
    /// <exception cref="ApiException">It is no number, or out of range.</exception>
    public static int? Number(HttpContext context, string name, int min, int max)
    {
        if (Text(context, name) is not { } text)
            return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= min && number <= max
            ? number
            : throw ApiException.BadInput(name, $"{name} must be a whole number from {min} to {max}.");
    }
}
