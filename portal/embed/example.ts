/** The script of `embed-example.html`: fetches a token as the hospital's own server would, and places the elements. */
const baseUrl = location.origin;
const form = document.querySelector<HTMLFormElement>('#sign-in')!;
const status = document.querySelector<HTMLElement>('#status')!;
let token = '';

function place(where: string, name: string, attributes: Record<string, string> = {}): HTMLElement {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries({ 'base-url': baseUrl, token, ...attributes }))
    element.setAttribute(key, value);
  document.querySelector(where)!.replaceChildren(element);
  return element;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const response = await fetch(`${baseUrl}/api/v1/auth/login`, {
    method: 'POST',
    credentials: 'omit',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(Object.fromEntries(new FormData(form))),
  });
  if (!response.ok) {
    status.textContent = `${response.status}`;
    return;
  }
  ({ token } = (await response.json()) as { token: string });
  status.textContent = '✓';
  place('#orders', 'cytomesh-order-list').addEventListener('cytomesh-open', (open) => {
    const { kind, id } = (open as CustomEvent<{ kind: string; id: string }>).detail;
    if (kind === 'order')
      place('#order', 'cytomesh-order-detail', { 'order-id': id }).scrollIntoView({ behavior: 'smooth' });
  });
  place('#messages', 'cytomesh-message-browser');
});
