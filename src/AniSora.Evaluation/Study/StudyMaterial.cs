using AniSora.Data;
using AniSora.Evaluation.Benchmark;

namespace AniSora.Evaluation.Study;

/// <summary>What raters see besides the videos: a clip's prompt and the picture that the models were given.</summary>
internal sealed class StudyMaterial
{
    private readonly BenchmarkFolder? _bench;
    private readonly bool _hasPrompts, _hasImages;

    /// <summary>Opens a benchmark; without one there is nothing to see.</summary>
    /// <param name="bench">Its folder, or null.</param>
    /// <exception cref="InputException">There is none, or its tables are damaged.</exception>
    public StudyMaterial(string? bench)
    {
        if (bench is null)
            return;
        _bench = BenchmarkFolder.Open(bench);
        _hasPrompts = _bench.Clips.Any(clip => clip.Prompt.Length > 0);
        _hasImages = _bench.Clips.Any(clip => File.Exists(_bench.ImageOf(clip.Id)));
    }

    /// <summary>The axes that can be asked.</summary>
    public IReadOnlyList<StudyAxis> Axes =>
        [.. StudyAxis.All.Where(axis => axis.Key switch { StudyAxis.Text => _hasPrompts, StudyAxis.Image => _hasImages, _ => true })];

    /// <summary>A clip's prompt, null where there are none at all.</summary>
    /// <exception cref="InputException">Others have one, this clip does not.</exception>
    public string? PromptOf(string id) => !_hasPrompts ? null
        : _bench!.Find(id)?.Prompt is { Length: > 0 } prompt ? prompt
        : throw new InputException($"{_bench.Root}: has no prompt for clip \"{id}\"; add it to prompts.csv");

    /// <summary>Writes a clip's picture, without what its file says besides pixels.</summary>
    /// <returns>Whether there are pictures.</returns>
    /// <exception cref="InputException">Others have one, this clip does not, or it is damaged.</exception>
    public bool WriteImage(string id, string target)
    {
        if (!_hasImages)
            return false;
        var picture = Media.ReadPicture(_bench!.ImageOf(id));
        Media.WritePng(target, picture.Over(), picture.Height, picture.Width);
        return true;
    }
}
