using AniSora.Data;
using AniSora.Models.Conditioning;
using AniSora.Models.Sampling;

namespace AniSora.Training.Train;

/// <summary>A held-out clip, composited on its own background.</summary>
/// <param name="Row">Its row in the index.</param>
/// <param name="Rgb">Frames <c>[T, H, W, 3]</c>.</param>
/// <param name="Alpha">Foreground <c>[T, H, W]</c>.</param>
public sealed record HeldOutClip(ClipRow Row, byte[] Rgb, byte[] Alpha)
{
    /// <summary>Frames.</summary>
    public int T => Row.Frames;

    /// <summary>Height in pixels.</summary>
    public int H => Row.Height;

    /// <summary>Width in pixels.</summary>
    public int W => Row.Width;

    /// <summary>The clip as the guide of a task; for <see cref="GuideTask.Region"/> its first frame stands still outside the moving foreground.</summary>
    /// <param name="task">What is given of it.</param>
    public Guide Guide(GuideTask task)
    {
        if (task != GuideTask.Region)
            return new(Rgb, GuideTasks.KeyFrameMask(GuideTasks.KeyFrames(task, T), T, H, W), Row.Caption, T, H, W);
        var region = GuideTasks.ForegroundRegion(Alpha, T, H, W, margin: 2);
        return Models.Sampling.Guide.FromRegion(Rgb.AsSpan(0, H * W * 3), region, Row.Caption, T, H, W);
    }
}

/// <summary>Clips that are never trained on, chosen evenly over the actions, always the same ones.</summary>
public sealed class HeldOutClips
{
    private const int FramesInPicture = 8;

    private HeldOutClips(IReadOnlyList<HeldOutClip> clips) => Clips = clips;

    /// <summary>The clips.</summary>
    public IReadOnlyList<HeldOutClip> Clips { get; }

    /// <summary>
    /// Chooses clips: the actions take turns, within an action the sequences do, and within a sequence the clips are spread over
    /// its length, so that a few clips already show every held-out action and direction.
    /// </summary>
    /// <param name="index">The index.</param>
    /// <param name="count">Clips wanted; fewer when there are not as many.</param>
    /// <param name="where">Which clips may be chosen.</param>
    public static HeldOutClips Choose(ClipIndex index, int count, string where = "split = 'test'")
    {
        var byAction = index.Query(where)
            .GroupBy(row => row.Label)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(action => TakeTurns(action
                .GroupBy(row => row.Sequence)
                .OrderBy(g => StableOrder(g.Key))
                .Select(sequence => Spread([.. sequence.OrderBy(row => row.FirstFrame).ThenBy(row => row.FrameStep)]))));
        var rows = TakeTurns(byAction).Take(count).ToList();
        if (rows.Count == 0)
            throw new InputException($"{index.FilePath}: no clips where {where}; prepare the data set again or change data.where");
        using var store = new FrameStore(index.Folder);
        return new([.. rows.Select(row =>
        {
            var (rgb, alpha) = store.ReadComposited(row);
            return new HeldOutClip(row, rgb, alpha);
        })]);
    }

    /// <summary>Draws videos as rows of frames spread over time, one row a video.</summary>
    /// <param name="path">The PNG file.</param>
    /// <param name="videos">Frames <c>[T, H, W, 3]</c> each, of the clips' size.</param>
    public void Draw(string path, IReadOnlyList<byte[]> videos)
    {
        var (t, h, w) = (Clips[0].T, Clips[0].H, Clips[0].W);
        int columns = Math.Min(FramesInPicture, t);
        var picture = new byte[videos.Count * h * columns * w * 3];
        for (int row = 0; row < videos.Count; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                int frame = column * (t - 1) / Math.Max(1, columns - 1);
                for (int y = 0; y < h; y++)
                    videos[row].AsSpan((frame * h + y) * w * 3, w * 3).CopyTo(picture.AsSpan(((row * h + y) * columns + column) * w * 3));
            }
        }
        Media.WritePng(path, picture, videos.Count * h, columns * w);
    }

    // Middle first, then ever finer: the order in which a bit-reversed counter visits the list.
    private static IEnumerable<ClipRow> Spread(List<ClipRow> rows)
    {
        int bits = 1;
        while (1 << bits < rows.Count)
            bits++;
        return Enumerable.Range(0, 1 << bits)
            .Select(i => Enumerable.Range(0, bits).Sum(b => ((i >> b) & 1) << (bits - 1 - b)))
            .Where(i => i < rows.Count)
            .Select(i => rows[i]);
    }

    private static IEnumerable<T> TakeTurns<T>(IEnumerable<IEnumerable<T>> lists)
    {
        var queues = lists.Select(list => new Queue<T>(list)).ToList();
        while (queues.Count > 0)
        {
            foreach (var queue in queues)
                if (queue.TryDequeue(out var item))
                    yield return item;
            queues.RemoveAll(queue => queue.Count == 0);
        }
    }

    // Sequences in an order that mixes colours and directions, the same on every machine.
    private static string StableOrder(string name) =>
        Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)));
}
