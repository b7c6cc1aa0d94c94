/* The button that cancels every open order that is listed, after a question that counts them. */
import { useEffect, useRef, useState } from "react";

export function CancelAll({ words, count, market, shown, onCancel }) {
  const dialog = useRef(null);
  const go = useRef(null);
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (asked && count > 0) {
      if (!dialog.current.open) dialog.current.showModal();
      go.current.focus();
    } else {
      dialog.current.close();
      setAsked(false);
    }
  }, [asked, count]);
  const cancel = () => {
    setAsked(false);
    onCancel?.();
  };
  return (
    <>
      <button type="button" className="btn sm" hidden={!shown || count === 0} disabled={count === 0} onClick={() => setAsked(true)} data-key="cancel-all" data-testid="cancel-all">
        {`${words.cancel_all} (${count})`}
      </button>
      <dialog className="ask" ref={dialog} aria-labelledby="cancel-all-title" onClose={() => setAsked(false)} data-testid="ask-cancel-all">
        <h2 id="cancel-all-title">{count === 1 ? words.ask_one : words.ask_all.replace("{count}", count)}</h2>
        <p className="m">{market ? words.ask_here.replace("{market}", market) : words.ask_everywhere}</p>
        <div className="row">
          <button type="button" className="btn" onClick={() => dialog.current.close()}>
            {words.keep}
          </button>
          <button type="button" className="btn primary" ref={go} onClick={cancel} data-testid="confirm-cancel-all">
            {`${words.cancel_all} (${count})`}
          </button>
        </div>
      </dialog>
    </>
  );
}
