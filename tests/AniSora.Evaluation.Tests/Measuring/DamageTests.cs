using AniSora.Data;
using AniSora.Evaluation.Networks;

namespace AniSora.Evaluation.Tests.Measuring;

/// <summary>Real clips, damaged in known ways: the metric that has to notice gets worse with every step.</summary>
public class DamageTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_frames_alone_show_is_noticed_at_every_step()
    {
        var metrics = Metric.Choose([.. DamageStudy.Expected.Select(e => e.Metric).Distinct().Except(["subject_consistency", "overall_consistency"]), "dynamic_degree"]);
        using var networks = await NetworkSet.OpenAsync(null, metrics, cancellation: Stop);
        Assert.Null(networks.ResNet);
        var study = DamageStudy.Run(await Clips(8), [], networks, metrics, cancellation: Stop);
        var frames = DamageStudy.Expected.Where(e => metrics.Any(m => m.Key == e.Metric)).ToList();
        Assert.Equal(8, frames.Count);
        Assert.All(frames, e => Assert.True(study.Notices(e.Damage, e.Metric), $"{e}: {string.Join(" ", study.Means[e])}"));
        // And a metric that knows nothing of a damage does not pretend to.
        Assert.False(study.Notices("reversed frames", "imaging_quality"));
        Assert.Equal(0, study.Response("reversed frames", "imaging_quality"), 6);
        Assert.Contains("| motion smoothness (optical flow stand-in) |", study.Markdown());
    }

    [Fact]
    public async Task Another_figure_and_wrong_words_are_noticed_by_the_networks()
    {
        var metrics = Metric.Choose(["subject_consistency", "overall_consistency"]);
        using var networks = await NetworkSet.OpenAsync(null, metrics, cancellation: Stop);
        var study = DamageStudy.Run(await Clips(4), await Clips(64), networks, metrics, [Damage.All.Single(d => d.Name == "swapped identity")], cancellation: Stop);
        Assert.True(study.Notices("swapped identity", "subject_consistency"), string.Join(" ", study.Means[("swapped identity", "subject_consistency")]));
        Assert.True(study.Notices(Damage.WrongCaption, "overall_consistency"), string.Join(" ", study.Means[(Damage.WrongCaption, "overall_consistency")]));
        Assert.True(study.Response(Damage.WrongCaption, "overall_consistency") > 0.5);
    }

    /// <summary>Clips spread over the footballers' 128 sequences.</summary>
    private static async Task<DamageStudy.Clip[]> Clips(int count)
    {
        var sources = await FootageCollection.Find("tuxfootball").ListAsync(cancellation: Stop);
        return [.. Enumerable.Range(0, count).Select(i => sources[i * sources.Count / count + i * sources.Count / count % 2]).Select(source =>
        {
            // tuxfootball/TEAM/ACTION/DIRECTION
            string[] parts = source.SourceId.Split('/');
            var video = Media.ReadVideo(source.Path, maxFrames: 17);
            return new DamageStudy.Clip(source.SourceId, string.Join('/', parts[1..]), $"a footballer is {parts[^2]} to the {parts[^1]}", video with { Fps = 16 });
        })];
    }
}
