namespace AniSora.Evaluation;

/// <summary>
/// Takes strict and mild raters apart from good and bad videos: a rating is the video's worth and the rater's leaning, by least squares. A leaning
/// is drawn towards 0 as by one more rating without it, so that who rated little moves little.
/// </summary>
public static class RaterLeaning
{
    private const int MostRounds = 1000;
    private const double Settled = 1e-9;

    /// <summary>The worth of every video.</summary>
    /// <typeparam name="TVideo">The video's name.</typeparam>
    /// <param name="ratings">Who, which, how much.</param>
    public static Dictionary<TVideo, double> Worth<TVideo>(IReadOnlyCollection<(string Rater, TVideo Video, double Value)> ratings)
        where TVideo : notnull
    {
        var worth = ratings.GroupBy(r => r.Video).ToDictionary(g => g.Key, g => g.Average(r => r.Value));
        var leaning = ratings.Select(r => r.Rater).Distinct().ToDictionary(r => r, _ => 0.0);
        var (byRater, byVideo) = (ratings.ToLookup(r => r.Rater), ratings.ToLookup(r => r.Video));
        double change = double.MaxValue;
        for (int round = 0; round < MostRounds && change > Settled; round++)
        {
            foreach (var rater in byRater)
                leaning[rater.Key] = rater.Sum(r => r.Value - worth[r.Video]) / (rater.Count() + 1);
            // Least squares has the leanings' mean at 0; left to the rounds, that takes as many as a rater has ratings.
            double mean = leaning.Values.Average();
            change = 0;
            foreach (var video in byVideo)
            {
                double value = video.Average(r => r.Value - leaning[r.Rater] + mean);
                (change, worth[video.Key]) = (Math.Max(change, Math.Abs(value - worth[video.Key])), value);
            }
        }
        return worth;
    }
}
