namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>
/// Waits for a child's end, and reads its outputs a few times a second. ffmpeg writes dozens of single lines; being woken
/// for each would cost more than all else that is done about a small job. Meanwhile they wait in the pipes, which take
/// 64 KiB each; when much comes, it is read without pause.
/// </summary>
internal sealed class OutputPipes(ChildProcess child, LogLines log, TakeOutput onOutput)
{
    private const int RestMilliseconds = 200;
    private const int BusyMilliseconds = 1;
    private const int MuchBytes = 16 << 10;

    /// <summary>More than this at a time, and a child that prints without end would never be looked after.</summary>
    private const int MostBytes = 1 << 20;

    /// <summary>Where the kernel does not tell of the end, it is looked for this often.</summary>
    private const int LookMilliseconds = 10;

    private readonly byte[] buffer = new byte[16 << 10];
    private readonly Posix.PollEntry[] ending = [new() { FileDescriptor = child.Ending, Events = Posix.PollIn }];
    private readonly Posix.PollEntry[] outputs =
    [
        new() { FileDescriptor = child.Errors, Events = Posix.PollIn },
        new() { FileDescriptor = child.Output, Events = Posix.PollIn },
    ];

    private bool isBusy;

    /// <summary>Waits a moment, or until the child ends, and then reads what is there.</summary>
    /// <returns>True when the standard output showed progress.</returns>
    public bool WaitAndRead()
    {
        var rest = isBusy ? BusyMilliseconds : child.Ending < 0 ? LookMilliseconds : RestMilliseconds;
        _ = Posix.Poll(ending, (nuint)ending.Length, rest);
        return ReadAvailable();
    }

    /// <summary>Reads what is there, without waiting for children that hold the pipes open.</summary>
    /// <returns>True when the standard output showed progress.</returns>
    public bool ReadAvailable()
    {
        var progress = false;
        var bytes = 0;
        while (bytes < MostBytes && Posix.Poll(outputs, (nuint)outputs.Length, 0) > 0)
        {
            // Errors first: whoever takes the progress looks into the log for what stands before it.
            var errors = Read(ref outputs[0]);
            log.Append(buffer.AsSpan(0, errors));
            var output = Read(ref outputs[1]);
            if (output > 0)
                progress |= onOutput(buffer.AsSpan(0, output));
            bytes += errors + output;
        }
        isBusy = bytes >= MuchBytes;
        return progress;
    }

    private int Read(ref Posix.PollEntry entry)
    {
        if (entry.Returned == 0)
            return 0;
        var length = (int)Posix.Read(entry.FileDescriptor, buffer, (nuint)buffer.Length);
        if (length > 0)
            return length;
        // Closed. poll skips negative descriptors; the child's owner closes the real ones.
        entry.FileDescriptor = -1;
        entry.Returned = 0;
        return 0;
    }
}
