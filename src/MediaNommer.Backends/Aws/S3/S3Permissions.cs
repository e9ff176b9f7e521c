namespace MediaNommer.Backends.Aws.S3;

/// <summary>What keys must allow, in the words of IAM.</summary>
internal static class S3Permissions
{
    public const string Read = "s3:GetObject";
    public const string Write = "s3:PutObject";
    public const string Delete = "s3:DeleteObject";
    public const string MakeBucket = "s3:CreateBucket";
    public const string Abort = "s3:AbortMultipartUpload";
}
