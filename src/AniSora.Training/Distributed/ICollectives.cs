namespace AniSora.Training.Distributed;

/// <summary>How numbers of all processes are joined.</summary>
public enum ReduceOp
{
    /// <summary>Added.</summary>
    Sum,

    /// <summary>The least.</summary>
    Min,

    /// <summary>The greatest.</summary>
    Max,
}

/// <summary>
/// Operations that all processes of a job carry out together, by an engine that the cluster has: Open MPI or NCCL. Every process makes
/// the same calls in the same order, from one thread; what is started first is carried out first.
/// </summary>
/// <remarks>Tensors are contiguous, equal in shape and type everywhere, and left alone until the operation is over.</remarks>
public interface ICollectives : IDisposable
{
    /// <summary>What does the work, with its version.</summary>
    string Engine { get; }

    /// <summary>Starts to join a tensor with everyone's, in place.</summary>
    IPending AllReduce(Tensor tensor, ReduceOp op);

    /// <summary>Starts to copy the root's tensor over everyone's.</summary>
    IPending Broadcast(Tensor tensor, int root);

    /// <summary>Starts to gather everyone's tensor.</summary>
    /// <param name="tensor">This process's.</param>
    /// <param name="all">Room for all of them in the order of the ranks: one dimension more, in front.</param>
    IPending AllGather(Tensor tensor, Tensor all);

    /// <summary>Another process is lost: nothing that was started will end, and leaving must not wait for anyone. From any thread.</summary>
    void Abandon();
}

/// <summary>An operation under way.</summary>
public interface IPending
{
    /// <summary>Waits for its end.</summary>
    /// <param name="limit">For this long at most.</param>
    /// <returns>Whether it has ended.</returns>
    /// <exception cref="CollectiveException">It has failed.</exception>
    bool Wait(TimeSpan limit);
}

/// <summary>An engine reports an error.</summary>
/// <param name="message">One line: the operation, and what the engine says.</param>
public sealed class CollectiveException(string message) : Exception(message);

/// <summary>Another process of the job is gone, or did not answer in time.</summary>
/// <param name="ranks">Which ones, as far as it is known.</param>
/// <param name="message">One line that names them.</param>
/// <param name="inner">What the engine said; null if it said nothing.</param>
public sealed class RankLostException(IReadOnlyList<int> ranks, string message, Exception? inner) : Exception(message, inner)
{
    /// <summary>The ranks that no longer answer.</summary>
    public IReadOnlyList<int> Ranks { get; } = ranks;
}
