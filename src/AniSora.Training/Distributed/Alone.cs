namespace AniSora.Training.Distributed;

/// <summary>The collectives of a process by itself: nothing is to be done, and no engine is loaded.</summary>
internal sealed class Alone : ICollectives, IPending
{
    /// <inheritdoc/>
    public string Engine => "none";

    /// <inheritdoc/>
    public IPending AllReduce(Tensor tensor, ReduceOp op) => this;

    /// <inheritdoc/>
    public IPending Broadcast(Tensor tensor, int root) => this;

    /// <inheritdoc/>
    public IPending AllGather(Tensor tensor, Tensor all)
    {
        using var first = all[0];
        first.copy_(tensor);
        return this;
    }

    /// <inheritdoc/>
    public void Abandon()
    {
    }

    /// <inheritdoc/>
    public bool Wait(TimeSpan limit) => true;

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
