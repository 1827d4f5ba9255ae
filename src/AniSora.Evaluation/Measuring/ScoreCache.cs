namespace AniSora.Evaluation;

/// <summary>
/// What was measured before, by content: a small file for every video and what it was held against, in it a value for every metric, version and
/// network. So a run that was killed goes on, and another metric or model costs only what is new. Thread-safe for different contents.
/// </summary>
/// <param name="folder">The cache's folder; made when first written to.</param>
public sealed class ScoreCache(string folder)
{
    /// <summary>What is known of one content.</summary>
    /// <param name="Values">Metric, version and network to value.</param>
    /// <param name="Features">Network to the video's features, float32.</param>
    public sealed record Entry(Dictionary<string, double> Values, Dictionary<string, byte[]> Features);

    /// <summary>What is known; empty where nothing is, or the file is damaged.</summary>
    /// <param name="content">Digest of the content.</param>
    public Entry Read(string content)
    {
        try
        {
            return File.Exists(FileOf(content)) ? ConfigFile.Load<Entry>(FileOf(content)) : new([], []);
        }
        catch (Exception e) when (e is InputException or IOException)
        {
            // Measuring again costs less than asking a person to delete a file.
            return new([], []);
        }
    }

    /// <summary>Keeps what is known.</summary>
    /// <exception cref="InputException">The file cannot be written.</exception>
    public void Write(string content, Entry entry) => ConfigFile.Save(FileOf(content), entry);

    private string FileOf(string content) => Path.Combine(folder, content[..2], content + ".json");
}
