import type { Review } from "../model/view";
import { Avatar } from "./avatar";
import { usePerson, useView } from "./context";
import { Prose } from "./prose";
import { strings } from "./strings";
import { ago } from "./time";

/** What everybody said about the revision that is asked about, and before it. */
export function Reviews() {
  const revision = useView(({ plan }) => plan.revisions.at(-1));
  const all = useView(({ plan }) => plan.reviews);
  if (!revision) return null;
  const standing = all.filter((one) => !one.withdrawn);
  const current = standing.filter((one) => one.revision === revision.id);
  const earlier = standing.filter((one) => one.revision !== revision.id).reverse();
  return (
    <section className="reviews" aria-labelledby="reviews-heading">
      <h2 id="reviews-heading">{strings.reviewsOf(revision.number)}</h2>
      {current.length === 0 && <p className="quiet">{strings.noReviews}</p>}
      <List reviews={current} />
      {earlier.length > 0 && (
        <details>
          <summary>{strings.earlierReviews(earlier.length)}</summary>
          <List reviews={earlier} earlier />
        </details>
      )}
    </section>
  );
}

function List({ reviews, earlier }: { reviews: Review[]; earlier?: boolean }) {
  return (
    <ul>
      {reviews.map((one) => (
        <Given key={one.id} review={one} earlier={earlier ?? false} />
      ))}
    </ul>
  );
}

function Given({ review, earlier }: { review: Review; earlier: boolean }) {
  const { id, author, verdict, summary, timestamp } = review;
  const person = usePerson(author);
  const number = useView(({ plan }) => plan.revisions.find((one) => one.id === review.revision));
  const counts = useView(({ plan }) => plan.approval?.given.includes(id) ?? false);
  return (
    <li>
      <p className="by">
        <Avatar {...person} small silent />
        <span className="name">{person.me ? strings.you : person.name}</span>
        <span className={`given ${verdict}`}>{strings.verdictGiven[verdict]}</span>
        {earlier && number && <span className="mono">{strings.atRevision(number.number)}</span>}
        <time>{ago(timestamp)}</time>
      </p>
      {verdict === "approved" && !counts && !earlier && (
        <p className="quiet">{strings.doesNotCount}</p>
      )}
      {summary && <Prose text={summary} />}
    </li>
  );
}
