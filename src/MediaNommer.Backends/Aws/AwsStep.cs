namespace MediaNommer.Backends.Aws;

/// <summary>What one step of <c>nommer aws</c> came to.</summary>
/// <param name="Name">What it is about, in a word or two.</param>
/// <param name="Ok">Whether all is well now.</param>
/// <param name="Message">What was found or done, in a sentence.</param>
/// <param name="Remedy">What to do about it when it is not well, or null.</param>
public sealed record AwsStep(string Name, bool Ok, string Message, string? Remedy = null);
