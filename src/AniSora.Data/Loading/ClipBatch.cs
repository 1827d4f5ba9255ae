namespace AniSora.Data;

/// <summary>A batch of composited clips.</summary>
/// <param name="Rgb"><c>[B, T, H, W, 3]</c>, 0…255, sprites over their backgrounds.</param>
/// <param name="Alpha"><c>[B, T, H, W]</c>, the sprites' alpha, for masks.</param>
/// <param name="Clips">The B rows they come from.</param>
/// <param name="Captions">The B captions; varied when the loader augments.</param>
/// <param name="B">Clips.</param>
/// <param name="T">Frames per clip.</param>
/// <param name="H">Height in pixels.</param>
/// <param name="W">Width in pixels.</param>
/// <param name="First">Place of the first clip among the step's.</param>
/// <param name="Of">Clips in the step; those that are not here belong to other processes or other parts of the step. 0 = B.</param>
public sealed record ClipBatch(byte[] Rgb, byte[] Alpha, ClipRow[] Clips, string[] Captions, int B, int T, int H, int W, int First = 0, int Of = 0)
{
    /// <summary>Clips in the step; those that are not here belong to other processes or other parts of the step.</summary>
    public int Of { get; } = Of == 0 ? B : Of;

    /// <summary>The batch in parts, to be worked on one after the other.</summary>
    /// <param name="size">Clips in a part, the last may have fewer; 0 = all in one.</param>
    public IEnumerable<ClipBatch> Parts(int size)
    {
        if (size <= 0 || size >= B)
            return [this];
        int pixels = T * H * W;
        return Enumerable.Range(0, (B + size - 1) / size).Select(part =>
        {
            var range = (part * size)..Math.Min(B, (part + 1) * size);
            int b = range.End.Value - range.Start.Value;
            return new ClipBatch(
                Rgb.AsSpan(range.Start.Value * pixels * 3, b * pixels * 3).ToArray(), Alpha.AsSpan(range.Start.Value * pixels, b * pixels).ToArray(),
                Clips[range], Captions[range], b, T, H, W, First + range.Start.Value, Of);
        });
    }
}

/// <summary>What a loader reads and how.</summary>
/// <param name="Where">A SQL condition over the index's columns; empty for all clips.</param>
/// <param name="BatchSize">Clips in a step, over all processes; at least one for each.</param>
/// <param name="Seed">Fixes order, backgrounds, shifts and wordings.</param>
/// <param name="Shuffle">A new random order each epoch; otherwise always by clip_id.</param>
/// <param name="Augment">
/// Random backgrounds, shifts, mirror images (where true) and wordings. Otherwise the index's background and canonical caption.
/// </param>
/// <param name="PrefetchBatches">How many batches are made ahead in the background; 0 makes each when it is asked for.</param>
/// <param name="Balance">
/// With <paramref name="Shuffle"/>: a label with n clips gets a share of each epoch in proportion to n^(1 - balance), rare ones by repeating
/// their clips; 0 = every clip once, 1 = the same share for every label.
/// </param>
/// <param name="EpochClips">
/// 0: an epoch goes through all clips. More: an epoch is a draw of so many by the index's <c>weight</c>, each epoch another; for indices
/// of millions of clips, and <paramref name="Balance"/> is then in the weights.
/// </param>
/// <param name="WarpShare">
/// With <paramref name="Augment"/>: share of the samples that are turned, stretched, sheared and, half of them, mirrored, footballers too
/// (their shadows then fall to the other side).
/// </param>
/// <param name="CaptionSuffix">Put the clip's scores behind its caption.</param>
/// <param name="Verify">Check each clip's checksum when it is first read.</param>
/// <param name="Rank">Which of <paramref name="Processes"/> this is: it gets its share of every batch.</param>
/// <param name="Processes">Processes that train together. What they get together does not depend on how many they are.</param>
public sealed record LoaderOptions(
    string Where = "", int BatchSize = 4, ulong Seed = 0, bool Shuffle = true, bool Augment = true, int PrefetchBatches = 4, double Balance = 0, double WarpShare = 0, bool CaptionSuffix = false, int EpochClips = 0, bool Verify = true,
    int Rank = 0, int Processes = 1);

/// <summary>Where a loader stands, the same on all processes; plain data, to be stored as JSON beside a checkpoint.</summary>
/// <param name="Epoch">Completed passes over the clips.</param>
/// <param name="Position">Samples already given in this pass, to all processes together.</param>
/// <param name="Seed">The loader's seed.</param>
/// <param name="OrderHash">Identifies the clips and the options that decide their order.</param>
public sealed record LoaderState(long Epoch, int Position, ulong Seed, string OrderHash);
