// What the pages share: requests with the token, and elements whose text is never markup.

export const byId = (id) => document.getElementById(id);

const key = byId("key");
const token = sessionStorage.getItem("token");

key.addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem("token", key.elements.token.value);
  location.reload();
});

export async function ask(path, body) {
  const options = { headers: {} };
  if (body) Object.assign(options, { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
  // A header holds bytes: those of the token in UTF-8.
  if (token) options.headers.Authorization = `Bearer ${String.fromCharCode(...new TextEncoder().encode(token))}`;
  const response = await fetch(path, options);
  key.hidden = response.status !== 401;
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

export function element(name, text, ...inner) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...inner);
  return made;
}
