namespace AniSora.Inference;

/// <summary>How a model is run.</summary>
public sealed record OnnxSessionOptions
{
    /// <summary>
    /// Threads that one run uses, the caller's included; 0 for one per core. Give 1 where several runs go on at the same time: threads beyond
    /// the cores cost more than they bring.
    /// </summary>
    public int Threads { get; init; }

    /// <summary>What it is run on, one of <see cref="OnnxSession.Providers"/>. Operators that it does not have run on the CPU.</summary>
    public string Provider { get; init; } = "cpu";
}
