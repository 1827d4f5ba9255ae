namespace AniSora.Benchmarks;

/// <summary>One piece of work that both programs do: inputs, our program's side of it, and what is compared.</summary>
/// <param name="Name">As in <c>twin/worker.py</c>.</param>
/// <param name="What">For people.</param>
/// <param name="Aim">The ratio of times (ours / PyTorch) that is aimed at.</param>
/// <param name="Inputs">Named tensors that both programs read; written once.</param>
/// <param name="Make">From the inputs to a step that can be repeated; it returns what is compared.</param>
internal sealed record Row(string Name, string What, double Aim, Func<Dictionary<string, Tensor>> Inputs, Func<ITensorSource, Func<IReadOnlyDictionary<string, Tensor>>> Make)
{
    /// <summary>Floating-point operations of a step, where they are matrix products and convolutions; measured by the profiler.</summary>
    public bool CountsFlops { get; init; } = true;

    /// <summary>Repetitions inside a step.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>Aim for the ratio of peak memory; null = not compared.</summary>
    public double? MemoryAim { get; init; }
}
