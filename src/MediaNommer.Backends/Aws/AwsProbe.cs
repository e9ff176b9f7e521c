namespace MediaNommer.Backends.Aws;

/// <summary>The use of one permission, to see whether it is there.</summary>
/// <param name="Permission">As IAM names it, for example <c>dynamodb:GetItem</c>.</param>
/// <param name="TryAsync">Uses it; throws what the backend throws.</param>
internal sealed record AwsProbe(string Permission, Func<Task> TryAsync);
