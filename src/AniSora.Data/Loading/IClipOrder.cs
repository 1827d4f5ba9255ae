namespace AniSora.Data;

/// <summary>Which clip comes when: a pure function of the index, the options and the epoch.</summary>
internal interface IClipOrder : IDisposable
{
    /// <summary>Samples in an epoch.</summary>
    int Length { get; }

    /// <summary>Changes whenever a saved position would mean another clip.</summary>
    string Hash { get; }

    /// <summary>T, H and W of all clips.</summary>
    (int T, int H, int W) Size { get; }

    /// <summary>The clip at a place. Not thread-safe.</summary>
    ClipRow At(long epoch, int position);
}
