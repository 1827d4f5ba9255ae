namespace AniSora.Benchmarks;

/// <summary>Does a row's work once and gives what is compared.</summary>
internal delegate IReadOnlyDictionary<string, Tensor> Step();

/// <summary>The stock side of a row.</summary>
/// <param name="Step">Its work.</param>
/// <param name="Models">Whose products are counted.</param>
internal sealed record StockSide(Step Step, params nn.Module[] Models);

/// <summary>One piece of work that both programs do.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="What">For people.</param>
/// <param name="Aim">The ratio of times (ours / stock) that is aimed at.</param>
/// <param name="Inputs">Named tensors that both programs read; written once.</param>
/// <param name="Ours">From the inputs to our step.</param>
/// <param name="Stock">From the inputs to the step in stock TorchSharp.</param>
internal sealed record Row(string Name, string What, double Aim, Func<Dictionary<string, Tensor>> Inputs, Func<ITensorSource, Step> Ours, Func<ITensorSource, StockSide> Stock)
{
    /// <summary>How often a step does the counted products of a forward pass: 3 with a backward pass, which has two for each.</summary>
    public int Passes { get; init; } = 1;

    /// <summary>Operations of a pass that are known beforehand, in 10⁹; otherwise the layers of the stock model are counted.</summary>
    public double Gflop { get; init; }

    /// <summary>Repetitions inside a step.</summary>
    public int Repeats { get; init; } = 1;

    /// <summary>Aim for the ratio of peak memory; null = none.</summary>
    public double? MemoryAim { get; init; }

    /// <summary>Largest difference of outputs, relative to the largest number, at which both did the same work.</summary>
    public double Tolerance { get; init; } = 1e-3;
}
