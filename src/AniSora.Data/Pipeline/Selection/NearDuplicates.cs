using AniSora.Data.Tables;
using DuckDB.NET.Data;

namespace AniSora.Data.Pipeline.Selection;

/// <summary>
/// Finds sequences that look alike: their perceptual hashes are near, and so are their descriptors. Sorted by the hash, and by the hash
/// turned by 8, 16, … 56 bits, near ones stand near each other, so the work grows with the number of sequences and not with its square.
/// </summary>
internal static class NearDuplicates
{
    /// <summary>How many neighbours in each order are compared.</summary>
    private const int Neighbours = 8;

    private sealed record Sequence(string Id, string Identity, long Hash, long Pixels, string Descriptor);

    /// <summary>The sequences that repeat another, with the one that is kept: the largest at its source, or the first by name.</summary>
    /// <param name="database">Has <c>judged</c> and <c>candidates</c>; sequences without a clip that is still to be kept don't count.</param>
    /// <param name="bits">The most bits in which two hashes may differ; -1 finds none.</param>
    /// <param name="distance">The largest distance of descriptors (<see cref="SequenceDescriptor.Distance"/>).</param>
    public static Dictionary<string, string> Find(DuckDBConnection database, int bits, double distance)
    {
        var groups = new Groups();
        var sequences = new Dictionary<string, Sequence>(StringComparer.Ordinal);
        for (int turn = 0; turn < 64 && bits >= 0; turn += 8)
        {
            var recent = new Queue<Sequence>();
            foreach (var sequence in Sorted(database, turn))
            {
                foreach (var other in recent)
                {
                    // Sources of one identity are variants of one thing (colours, sizes), kept on purpose.
                    if (other.Identity == sequence.Identity || PerceptualHash.Distance(other.Hash, sequence.Hash) > bits
                        || SequenceDescriptor.Distance(other.Descriptor, sequence.Descriptor) >= distance)
                        continue;
                    groups.Join(other.Id, sequence.Id);
                    (sequences[other.Id], sequences[sequence.Id]) = (other, sequence);
                }
                recent.Enqueue(sequence);
                if (recent.Count > Neighbours)
                    recent.Dequeue();
            }
        }
        var originals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in sequences.Values.GroupBy(s => groups.Of(s.Id)))
        {
            var original = group.OrderByDescending(s => s.Pixels).ThenBy(s => s.Id, StringComparer.Ordinal).First();
            foreach (var copy in group.Where(s => s.Identity != original.Identity))
                originals[copy.Id] = original.Id;
        }
        return originals;
    }

    private static IEnumerable<Sequence> Sorted(DuckDBConnection database, int turn)
    {
        // Shifts of 64-bit numbers overflow in SQL: as text of bits they only move.
        using var reader = database.Query($"""
            SELECT sequence_id, identity, content_hash, pixels, descriptor FROM (
                SELECT DISTINCT sequence_id, identity, content_hash, descriptor, source_width::BIGINT * source_height AS pixels, content_hash::BIT::VARCHAR AS bits
                FROM candidates SEMI JOIN (FROM judged WHERE removed_by = '') USING (clip_id))
            ORDER BY bits[{turn + 1}:] || bits[:{turn}], sequence_id
            """);
        while (reader.Read())
            yield return new Sequence(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetString(4));
    }
}
