namespace MediaNommer.Core.Jobs.Requests;

/// <summary>Where an option stands, for messages.</summary>
internal sealed record OptionPlace(string Field, int Pass, string Key)
{
    /// <summary>The name fit for a message: what somebody typed may hold line breaks or be very long.</summary>
    public string Shown => RequestJson.Printable(Key);

    public JobRequestException Bad(string why) => Make(JobRequestErrors.BadOption, why);

    public JobRequestException Forbidden(string why) => Make(JobRequestErrors.ForbiddenOption, why);

    private JobRequestException Make(string code, string why) => new(code, Field, $"Pass {Pass}: the option '{Shown}' {why}.");
}
