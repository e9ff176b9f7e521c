namespace MediaNommer.Core.Storage;

/// <summary>What becomes of a job whose destination exists.</summary>
public enum IfExists
{
    /// <summary>The job fails, and what is there stays.</summary>
    Fail,

    /// <summary>What is there is replaced.</summary>
    Overwrite,

    /// <summary>What is there stays, and the job is finished without an output of its own.</summary>
    Skip,
}
