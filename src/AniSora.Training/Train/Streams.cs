namespace AniSora.Training.Train;

/// <summary>Random streams that follow from the run's seed and a step's number, so that a resumed run draws what an unbroken one would.</summary>
public static class Streams
{
    /// <summary>The stream of a step.</summary>
    public static Random For(ulong seed, long step) => new(unchecked((int)Mix(seed ^ Mix((ulong)step + 0x9E3779B97F4A7C15))));

    // SplitMix64's output function: neighbouring steps get unrelated streams.
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
