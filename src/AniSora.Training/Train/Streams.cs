using AniSora.Models.Runtime;

namespace AniSora.Training.Train;

/// <summary>Random streams that follow from the run's seed and a step's number, so that a resumed run draws what an unbroken one would.</summary>
public static class Streams
{
    /// <summary>The stream of a step.</summary>
    public static Random For(ulong seed, long step) => new(unchecked((int)Key(seed, step)));

    /// <summary>The stream of one of a step's clips: what is drawn for it does not depend on which process or part of the step it is in.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="step">The step.</param>
    /// <param name="place">The clip's place among the step's clips.</param>
    public static Random For(ulong seed, long step, int place) => new(unchecked((int)Mix(Key(seed, step) + (ulong)place + 1)));

    /// <summary>
    /// Normal noise, each clip's from its own stream. It is drawn on the CPU for every device, so that it depends on neither the device nor
    /// the number of processes.
    /// </summary>
    /// <param name="streams">One for each clip; each advances by one number.</param>
    /// <param name="shape">The noise's shape for one clip.</param>
    /// <param name="device">Where to; null = the CPU.</param>
    /// <returns><c>[B, shape]</c>.</returns>
    public static Tensor Normal(Random[] streams, long[] shape, Device? device = null)
    {
        using var scope = NewDisposeScope();
        return stack([.. streams.Select(stream =>
        {
            using var generator = new Generator(unchecked((ulong)stream.NextInt64()));
            return randn(shape, generator: generator);
        })]).ToDevice(device ?? CPU).MoveToOuterDisposeScope();
    }

    private static ulong Key(ulong seed, long step) => Mix(seed ^ Mix((ulong)step + 0x9E3779B97F4A7C15));

    // SplitMix64's output function: neighbouring steps get unrelated streams.
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
