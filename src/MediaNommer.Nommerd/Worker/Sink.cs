namespace MediaNommer.Nommerd.Worker;

/// <summary>A progress that is called on the spot; <see cref="Progress{T}"/> would post to the thread pool.</summary>
internal sealed class Sink<T>(Action<T> take) : IProgress<T>
{
    public void Report(T value) => take(value);
}
