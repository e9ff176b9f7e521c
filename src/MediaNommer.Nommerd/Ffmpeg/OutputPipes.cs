namespace MediaNommer.Nommerd.Ffmpeg;

/// <summary>Reads the two outputs of a child as they come.</summary>
internal sealed class OutputPipes(ChildProcess child, BoundedLog log, TakeOutput onOutput)
{
    private readonly byte[] buffer = new byte[8 << 10];
    private readonly Posix.PollEntry[] entries =
    [
        new() { FileDescriptor = child.Output, Events = Posix.PollIn },
        new() { FileDescriptor = child.Errors, Events = Posix.PollIn },
    ];

    private SpinWait waiting;

    private bool AllClosed => entries[0].FileDescriptor < 0 && entries[1].FileDescriptor < 0;

    /// <summary>Waits for output and reads it.</summary>
    /// <param name="milliseconds">The longest wait.</param>
    /// <returns>True when the standard output showed progress.</returns>
    public bool WaitAndRead(int milliseconds)
    {
        if (AllClosed)
        {
            // Mostly the process ends within microseconds now; sleeping a millisecond for that would cost every job one.
            waiting.SpinOnce(sleep1Threshold: 40);
            return false;
        }
        return Posix.Poll(entries, (nuint)entries.Length, milliseconds) > 0 && ReadReady();
    }

    /// <summary>Reads what is left after the process has ended. Children that hold the pipes open are not waited for.</summary>
    public void Drain()
    {
        while (!AllClosed && Posix.Poll(entries, (nuint)entries.Length, 0) > 0)
            ReadReady();
    }

    private bool ReadReady()
    {
        var progress = false;
        // Errors first: whoever takes the progress looks into the log for what stands before it.
        if (entries[1].Returned != 0 && Read(ref entries[1]) is > 0 and var errorLength)
            log.Append(buffer.AsSpan(0, errorLength));
        if (entries[0].Returned != 0 && Read(ref entries[0]) is > 0 and var length)
            progress = onOutput(buffer.AsSpan(0, length));
        return progress;
    }

    private int Read(ref Posix.PollEntry entry)
    {
        var length = (int)Posix.Read(entry.FileDescriptor, buffer, (nuint)buffer.Length);
        // poll skips negative descriptors; the child's owner closes the real ones.
        if (length <= 0)
            entry.FileDescriptor = -1;
        return length;
    }
}
