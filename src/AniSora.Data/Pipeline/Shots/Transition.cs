namespace AniSora.Data.Pipeline.Shots;

/// <summary>How one shot becomes the next, or a film begins or ends in one colour.</summary>
/// <param name="Kind">One of <see cref="TransitionKind"/>, but never <see cref="TransitionKind.Start"/>.</param>
/// <param name="FirstFrame">The first frame that is neither shot's alone. For a cut, the new shot's first frame.</param>
/// <param name="LastFrame">The last such frame. For a cut, the old shot's last frame: one less than <paramref name="FirstFrame"/>.</param>
/// <param name="Confidence">Score / (1 + score), 0 … 1; see <see cref="ShotConfig"/>.</param>
public sealed record Transition(string Kind, int FirstFrame, int LastFrame, double Confidence)
{
    /// <summary>The shots that transitions leave of a film; frames of transitions belong to none.</summary>
    /// <param name="transitions">In order.</param>
    /// <param name="frames">The film's frames.</param>
    /// <returns>Every shot with the transition that it begins with; null for a film that begins with a shot.</returns>
    public static IEnumerable<(int FirstFrame, int Frames, Transition? Begins)> Shots(IEnumerable<Transition> transitions, int frames)
    {
        int first = 0;
        Transition? begins = null;
        foreach (var transition in transitions)
        {
            if (transition.FirstFrame > first)
                yield return (first, transition.FirstFrame - first, begins);
            (first, begins) = (transition.LastFrame + 1, transition);
        }
        if (frames > first)
            yield return (first, frames - first, begins);
    }
}
